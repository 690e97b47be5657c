//! What is wrong with a body whose form is right.

use std::collections::BTreeMap;

use http_kit::Problem;

/// Collects mistakes, so that a client hears of all of them at once.
pub(crate) struct Mistakes {
    problem: Problem,
    any: bool,
}

impl Mistakes {
    pub(crate) fn none() -> Self {
        Self {
            problem: Problem::invalid_body(),
            any: false,
        }
    }

    /// What was said, if nothing was wrong.
    pub(crate) fn unless_any<T>(self, said: Option<T>) -> Result<T, Problem> {
        match said {
            Some(said) if !self.any => Ok(said),
            Some(_) | None => Err(self.problem),
        }
    }

    /// All of a list; no more of it than `limit` and one, which the domain refuses.
    pub(crate) fn list<T, E: std::fmt::Display>(
        &mut self,
        at: &str,
        (texts, limit): (&[String], usize),
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let texts = texts.iter().take(limit + 1).enumerate();
        texts
            .filter_map(|(index, text)| self.note(format!("{at}/{index}"), parse(text)))
            .collect()
    }

    /// The value; a mistake at this place otherwise.
    pub(crate) fn note<T, E: std::fmt::Display>(
        &mut self,
        pointer: impl Into<String>,
        parsed: Result<T, E>,
    ) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.any = true;
                self.problem = self.problem.clone().pointer(pointer, error.to_string());
                None
            }
        }
    }

    /// Nothing said is no mistake.
    pub(crate) fn optional<T, E: std::fmt::Display>(
        &mut self,
        pointer: &str,
        text: Option<&str>,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        text.and_then(|text| self.note(pointer, parse(text)))
    }

    /// Both parts of each entry; no more of them than `limit` and one, which the domain refuses.
    pub(crate) fn entries<'t, K: Ord, V, T, E: std::fmt::Display>(
        &mut self,
        at: &str,
        (entries, limit): (&'t BTreeMap<String, T>, usize),
        key: impl Fn(&str) -> Result<K, E>,
        value: impl Fn(&mut Self, &str, &'t T) -> Option<V>,
    ) -> BTreeMap<K, V> {
        let mut parsed = BTreeMap::new();
        for (name, text) in entries.iter().take(limit + 1) {
            let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            let key = self.note(pointer.as_str(), key(name));
            if let (Some(key), Some(value)) = (key, value(self, &pointer, text)) {
                parsed.insert(key, value);
            }
        }
        parsed
    }
}
