//! What a walk has seen so far, to draw parameters from: ids that exist, ids that did, tokens, addresses.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Change, Key, Scope};

/// Ids are drawn from so many that were seen.
const EVER_IDS_MAX: usize = 400;
/// Page tokens that are kept.
const PAGE_TOKENS_MAX: usize = 20;

/// What a walk has seen so far.
#[derive(Default)]
pub struct Known {
    by_row: HashMap<(Scope, Key), Vec<String>>,
    existing: BTreeMap<Scope, BTreeMap<String, BTreeSet<String>>>,
    ever: BTreeMap<String, Vec<String>>,
    page_tokens: Vec<String>,
}

impl Known {
    /// Learns from what was committed.
    pub fn learn(&mut self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        for Change { scope, key, row } in changes {
            let Some(row) = row else {
                self.by_row.remove(&(scope, key));
                continue;
            };
            // A token's row names what may be gone.
            if key.table() == "client_tokens" {
                continue;
            }
            let mut json = Vec::new();
            row.write(&mut serde_json::Serializer::new(&mut json)).expect("a row is JSON");
            let ids: Vec<String> = ids_in(&String::from_utf8_lossy(&json)).map(str::to_owned).collect();
            for id in &ids {
                let ever = self.ever.entry(prefix(id).to_owned()).or_default();
                if !ever.contains(id) && ever.len() < EVER_IDS_MAX {
                    ever.push(id.clone());
                }
            }
            self.by_row.insert((scope, key), ids);
        }
        self.existing.clear();
        for ((scope, _), ids) in &self.by_row {
            for id in ids {
                self.existing.entry(*scope).or_default().entry(prefix(id).to_owned()).or_default().insert(id.clone());
            }
        }
    }

    /// Learns from an answer: the token of a next page.
    pub fn learn_answer(&mut self, body: &str) {
        let token = body.split_once("<nextToken>").and_then(|(_, rest)| rest.split_once("</nextToken>"));
        if let Some((token, _)) = token.filter(|_| self.page_tokens.len() < PAGE_TOKENS_MAX) {
            self.page_tokens.push(token.to_owned());
        }
    }

    /// The ids of a kind that exist for this caller.
    pub fn existing(&self, scope: Scope, prefix: &str) -> Vec<&String> {
        self.existing.get(&scope).and_then(|kinds| kinds.get(prefix)).into_iter().flatten().collect()
    }

    /// Every id that exists for this caller.
    pub fn all_existing(&self, scope: Scope) -> Vec<&String> {
        self.existing.get(&scope).into_iter().flat_map(BTreeMap::values).flatten().collect()
    }

    /// The ids of a kind that any caller ever had.
    pub fn ever(&self, prefix: &str) -> &[String] {
        self.ever.get(prefix).map(Vec::as_slice).unwrap_or_default()
    }

    /// Tokens of pages.
    pub fn page_tokens(&self) -> &[String] {
        &self.page_tokens
    }
}

fn prefix(id: &str) -> &str {
    id.rsplit_once('-').map_or(id, |(prefix, _)| prefix)
}

/// The words of a text that have the form of ids.
fn ids_in(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    words.filter(|word| {
        word.rsplit_once('-')
            .is_some_and(|(prefix, digits)| !prefix.is_empty() && digits.len() == 17 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    })
}
