//! A profile in the files of AWS's tools: `~/.aws/config` and `~/.aws/credentials`. Only the profile's own section is changed, and one
//! that somebody else wrote is left alone.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use machine::files::{private_dir, replace};

/// A section that begins with such a line is enid's.
const MARK: &str = "# Written by enid";
/// What somebody may have wanted of a profile's name, and more than any menu shows.
const NAME_BYTES_MAX: usize = 128;

/// The two files.
pub struct Files {
    /// Regions and endpoints.
    pub config: PathBuf,
    /// Keys.
    pub credentials: PathBuf,
}

/// What a profile says.
pub struct Profile<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where the server is.
    pub url: &'a str,
    /// Its region.
    pub region: &'a str,
    /// Names the key.
    pub access_key_id: &'a str,
    /// The secret half.
    pub secret_access_key: &'a str,
}

impl Files {
    /// Where AWS's tools look for them.
    ///
    /// # Errors
    /// When there is no home folder.
    pub fn of_user() -> Result<Self, String> {
        let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        let at = |variable: &str, name: &str| {
            let named = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
            let below_home = |path: &Path| home.as_ref().map(|home| home.join(path));
            match named {
                // As AWS's tools have it; a shell leaves a tilde in quotation marks as it is.
                Some(path) => path.strip_prefix("~").map_or_else(|_| Some(path.clone()), below_home),
                None => below_home(&Path::new(".aws").join(name)),
            }
            .ok_or_else(|| format!("HOME is not set, nor is {variable}; say where the profile is to be"))
        };
        Ok(Self { config: at("AWS_CONFIG_FILE", "config")?, credentials: at("AWS_SHARED_CREDENTIALS_FILE", "credentials")? })
    }

    /// Writes a profile, over one that enid wrote earlier; over anybody's, if it is forced.
    ///
    /// # Errors
    /// When somebody else wrote a profile of that name, or a file cannot be read or written. Then nothing was changed, or the first of
    /// the two files.
    pub fn write(&self, profile: &Profile<'_>, force: bool) -> Result<(), String> {
        check_name(profile.name)?;
        let settings = [("region", profile.region), ("endpoint_url", profile.url)];
        let keys = [("aws_access_key_id", profile.access_key_id), ("aws_secret_access_key", profile.secret_access_key)];
        self.change(profile.name, |text, header, is_config| {
            let lines: &[_] = if is_config { &settings } else { &keys };
            with_section(text, header, lines, force)
        })
    }

    /// Removes a profile that enid wrote; anybody's, if it is forced.
    ///
    /// # Errors
    /// As [`Files::write`].
    pub fn remove(&self, name: &str, force: bool) -> Result<(), String> {
        check_name(name)?;
        self.change(name, |text, header, _| without_section(text, header, force))
    }

    /// Changes both, after both could be.
    fn change(&self, name: &str, change: impl Fn(&str, &str, bool) -> Option<String>) -> Result<(), String> {
        let header = if name == "default" { name.to_owned() } else { format!("profile {name}") };
        let mut changed = Vec::new();
        for (path, header, is_config) in [(&self.config, header.as_str(), true), (&self.credentials, name, false)] {
            let text = match fs::read_to_string(path) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
                Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
            };
            let Some(new) = change(&text, header, is_config) else {
                let path = path.display();
                return Err(format!(
                    "{path} has a profile {name} that enid did not write: choose another name, or replace it with --force"
                ));
            };
            changed.push((path, text, new, is_config));
        }
        for (path, _, new, is_config) in changed.into_iter().filter(|(_, text, new, _)| text != new) {
            put(path, &new, is_config).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
        Ok(())
    }
}

/// Replaces a file as a whole, so that nobody reads half of it. It stays its owner's, and a link stays a link.
fn put(path: &Path, text: &str, is_config: bool) -> io::Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let before = fs::metadata(&path).ok();
    if let (None, Some(folder)) = (&before, path.parent())
        && !folder.exists()
    {
        private_dir(folder)?;
    }
    // Keys are for their owner only.
    let mode = before.as_ref().filter(|_| is_config).map_or(0o600, |found| found.permissions().mode() & 0o777);
    replace(&path, text.as_bytes(), mode)?;
    match before {
        Some(before) if before.uid() != nix::unistd::geteuid().as_raw() => {
            std::os::unix::fs::chown(&path, Some(before.uid()), Some(before.gid()))
        }
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.@+".contains(&byte);
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(plain) {
        return Err(format!("'{name}' is no name for a profile: it needs letters, digits or -_.@+, and no others"));
    }
    Ok(())
}

/// The lines of a section of this header, the header first: as byte ranges of the text. What stands between it and the next section
/// (comments and empty lines) is the next one's.
fn section(text: &str, header: &str) -> Option<(usize, usize)> {
    let mut found = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let name = line.trim_end().strip_prefix('[').and_then(|rest| rest.split(']').next());
        match (name, &mut found) {
            (Some(name), None) if words(name) == header => found = Some((at, end)),
            (Some(_), Some(_)) => break,
            // What is said to belong to the section.
            (None, Some((_, last))) if !line.trim().is_empty() && !line.starts_with(['#', ';']) => *last = end,
            (None, Some((start, last))) if *last == at && line.starts_with(MARK) && text[*start..at].lines().count() == 1 => *last = end,
            _ => {}
        }
        at = end;
    }
    found
}

/// A section's name without what does not count: `[ profile  "x" ]`.
fn words(name: &str) -> String {
    name.split_whitespace().map(|word| word.trim_matches(['"', '\''])).collect::<Vec<_>>().join(" ")
}

fn is_ours(section: &str) -> bool {
    section.lines().nth(1).is_some_and(|line| line.starts_with(MARK))
}

/// The text with a section that says this. None if somebody else's stands there and is not to be replaced.
fn with_section(text: &str, header: &str, settings: &[(&str, &str)], force: bool) -> Option<String> {
    let mut new = format!("[{header}]\n{MARK} (enid env --profile), which changes this section only.\n");
    settings.iter().for_each(|(key, value)| new.push_str(&format!("{key} = {value}\n")));
    let Some((start, end)) = section(text, header) else {
        let gap = if text.is_empty() || text.ends_with("\n\n") {
            ""
        } else if text.ends_with('\n') {
            "\n"
        } else {
            "\n\n"
        };
        return Some(format!("{text}{gap}{new}"));
    };
    let old = &text[start..end];
    if !is_ours(old) && !force {
        return None;
    }
    if is_ours(old) {
        // What the user added stays.
        let is_set = |line: &&str| settings.iter().any(|(key, _)| line.split('=').next().is_some_and(|name| name.trim_end() == *key));
        old.split_inclusive('\n').skip(2).filter(|line| !is_set(line)).for_each(|line| new.push_str(line));
    }
    Some([&text[..start], &new, &text[end..]].concat())
}

/// The text without a section. None if it is somebody else's and not to be removed.
fn without_section(text: &str, header: &str, force: bool) -> Option<String> {
    let Some((start, end)) = section(text, header) else { return Some(text.to_owned()) };
    if !is_ours(&text[start..end]) && !force {
        return None;
    }
    let (before, after) = (&text[..start], &text[end..]);
    // The empty line that came with it.
    let before =
        if before.ends_with("\n\n") && (after.is_empty() || after.starts_with('\n')) { &before[..before.len() - 1] } else { before };
    Some([before, after].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEIRS: &str = "[default]\nregion = eu-west-1\n\n# mine\n[profile work]\nrole_arn = arn\ns3 =\n  max_queue_size = 7\n; end\n";

    fn with(text: &str, force: bool) -> Option<String> {
        with_section(text, "profile dev", &[("region", "us-east-1"), ("endpoint_url", "http://here")], force)
    }

    #[test]
    fn a_section_is_added_and_removed_and_the_rest_stays_as_it_is() {
        for text in ["", THEIRS, "[default]\nregion = x", "\n\n[profile devil]\nregion = y\n\n"] {
            let written = with(text, false).unwrap();
            assert!(written.starts_with(text) && written.contains("[profile dev]\n# Written by enid"), "{written}");
            assert_eq!(with(&written, false).unwrap(), written, "again");
            let removed = without_section(&written, "profile dev", false).unwrap();
            assert_eq!(removed.trim_end(), text.trim_end());
        }
    }

    #[test]
    fn a_section_of_enid_s_is_replaced_where_it_stands_and_keeps_what_was_added() {
        let written = with(THEIRS, false).unwrap().replace("http://here\n", "http://here\noutput = json\n");
        let text = format!("{written}\n# next\n[profile z]\nregion = z\n");
        let again = with(&text.replace("http://here", "http://old"), false).unwrap();
        assert_eq!(again, text);
        let removed = without_section(&again, "profile dev", false).unwrap();
        assert_eq!(removed, format!("{THEIRS}\n# next\n[profile z]\nregion = z\n"));
    }

    #[test]
    fn a_section_of_somebody_else_is_kept_unless_forced() {
        for theirs in [
            "[profile dev]\nregion = x\n",
            "[ profile  \"dev\" ]\nregion = x\n",
            "[profile dev]\nregion = x\n# Written by enid, says a note\n",
        ] {
            let text = format!("{THEIRS}{theirs}[profile z]\nregion = z\n");
            assert_eq!((with(&text, false), without_section(&text, "profile dev", false)), (None, None), "{theirs}");
            let forced = with(&text, true).unwrap();
            assert!(
                forced.starts_with(THEIRS) && !forced.contains("region = x") && forced.ends_with("[profile z]\nregion = z\n"),
                "{forced}"
            );
        }
    }

    #[test]
    fn a_name_cannot_end_its_section() {
        for name in ["", "a]", "a b", "a\nb", "[x", "ä"] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        assert!(check_name("enid-dev_1.x@y+z").is_ok());
    }
}
