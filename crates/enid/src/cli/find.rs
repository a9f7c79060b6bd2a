//! Finds what a user means by an id, the beginning of one, or a name.

use model::ids::InstanceId;

use crate::control;
use crate::folder::Folder;
use crate::status::Listed;

/// What commands ask the server for the instances that there are.
pub const QUESTION: &str = "instances";
/// Candidates that an error lists.
const LISTED_MAX: usize = 10;

/// Something that has an id and perhaps a name.
pub struct Candidate<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: Option<&'a str>,
    /// What else tells it from others.
    pub about: &'a str,
}

/// The one that is meant: whose id this is, or else whose name, or else whose id alone begins so.
///
/// # Errors
/// When none is, or several are: those are listed.
pub fn only<'a>(candidates: &'a [Candidate<'a>], meant: &str, kind: &str) -> Result<&'a Candidate<'a>, String> {
    let by = |matches: &dyn Fn(&Candidate<'_>) -> bool| candidates.iter().filter(|one| matches(one)).collect::<Vec<_>>();
    let exact = by(&|one| one.id == meant);
    let named = by(&|one| one.name == Some(meant));
    let is_short = meant.split_once('-').is_some_and(|(_, digits)| !digits.is_empty());
    let begun = by(&|one| is_short && one.id.starts_with(meant));
    let found = [exact, named, begun].into_iter().find(|found| !found.is_empty()).unwrap_or_default();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            Err(format!("there is no {kind} whose id or name is '{meant}', nor one whose id begins so; `enid status` lists what there is"))
        }
        several => {
            let line = |one: &&Candidate<'_>| format!("\n  {}  {}  {}", one.id, one.name.unwrap_or("-").escape_debug(), one.about);
            let mut lines: String = several.iter().take(LISTED_MAX).map(line).collect();
            if several.len() > LISTED_MAX {
                lines.push_str(&format!("\n  and {} more", several.len() - LISTED_MAX));
            }
            Err(format!("'{meant}' can be any of {} here; say which:{lines}", several.len()))
        }
    }
}

/// The id of the instance that is meant. A whole id needs no server, and the beginning of one only the data folder.
///
/// # Errors
/// When none is meant, or it is not clear which.
pub fn instance(folder: &Folder, meant: &str) -> Result<String, String> {
    if meant.parse::<InstanceId>().is_ok() {
        return Ok(meant.to_owned());
    }
    let answer = control::ask(&folder.control(), QUESTION)
        .and_then(|answer| serde_json::from_value::<Vec<Listed>>(answer).map_err(|error| error.to_string()));
    let (listed, unknown) = match answer {
        Ok(listed) => (listed, ""),
        // What was ever started has a folder of its own.
        Err(_) => (of_folder(folder), "; names are known to a running server only: enid up"),
    };
    let candidates: Vec<_> = listed.iter().map(|one| Candidate { id: &one.id, name: one.name.as_deref(), about: &one.state }).collect();
    only(&candidates, meant, "instance").map(|found| found.id.to_owned()).map_err(|error| error + unknown)
}

fn of_folder(folder: &Folder) -> Vec<Listed> {
    let entries = folder.path().join("instances").read_dir().into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.map(|id| Listed { id, name: None, state: String::new() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(meant: &str) -> Result<String, String> {
        let rows = [("i-0aaa", "web"), ("i-0ab0", "db"), ("i-0ab1", "db"), ("i-0ab", "i-0aaa"), ("i-1", "i-0ab0")];
        let candidates = rows.map(|(id, name)| Candidate { id, name: Some(name), about: "running" });
        only(&candidates, meant, "instance").map(|found| found.id.to_owned())
    }

    #[test]
    fn an_id_goes_before_a_name_and_a_name_before_the_beginning_of_an_id() {
        for (meant, id) in
            [("i-0aaa", "i-0aaa"), ("web", "i-0aaa"), ("i-0aa", "i-0aaa"), ("i-0ab", "i-0ab"), ("i-1", "i-1"), ("i-0ab1", "i-0ab1")]
        {
            assert_eq!(find(meant).as_deref(), Ok(id), "{meant}");
        }
    }

    #[test]
    fn what_is_not_clear_is_asked_for() {
        let several = find("db").unwrap_err();
        assert!(several.contains("i-0ab0") && several.contains("i-0ab1") && !several.contains("i-0aaa"), "{several}");
        assert!(find("i-0").unwrap_err().contains("say which"));
        for none in ["", "i-", "i", "we", "WEB", "i-9"] {
            assert!(find(none).unwrap_err().contains("there is no instance"), "{none}");
        }
    }
}
