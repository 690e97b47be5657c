//! Words that mean the same to a shopper.

/// Each line is a group; a word stands in one of them at most.
const GROUPS: &[&[&str]] = &[
    &["tshirt", "tee"],
    &["jumper", "sweater", "pullover", "jersey"],
    &["hoodie", "hoody"],
    &["sweatshirt", "sweats", "crewneck"],
    &["trousers", "pants", "slacks"],
    &["joggers", "sweatpants"],
    &["jeans", "denims"],
    &["coat", "overcoat"],
    &["jacket", "blazer"],
    &["raincoat", "mac", "rain"],
    &["puffer", "quilted", "padded"],
    &["dress", "gown", "kleid"],
    &["skirt", "rock"],
    &["shirt", "hemd", "blouse"],
    &["turtleneck", "rollneck", "polo"],
    &["grey", "gray"],
    &["navy", "midnight"],
    &["beige", "sand", "camel", "tan"],
    &["checked", "check", "plaid", "gingham", "tartan"],
    &["striped", "stripes", "stripe", "breton"],
    &["floral", "flowers", "flower", "botanical"],
    &["dotted", "dots", "polka"],
    &["woollen", "wool", "merino"],
];

/// Other words for this one.
pub(crate) fn of(word: &str) -> impl Iterator<Item = &'static str> {
    let group = GROUPS.iter().find(|group| group.contains(&word));
    let group = group.copied().unwrap_or_default();
    let word = word.to_owned();
    group.iter().copied().filter(move |other| *other != word)
}

/// Other words for what was probably meant: of a group that has a word within so many edits, and not the word itself.
pub(crate) fn near(word: &str, edits: usize) -> impl Iterator<Item = &'static str> {
    let letters = word.chars().count();
    let meant = |other: &str| {
        // Nothing is so many letters longer by fewer edits; all of ours are ASCII.
        let may_be = other.len().abs_diff(letters) <= edits;
        may_be && other != word && strsim::osa_distance(other, word) <= edits
    };
    let known = GROUPS.iter().any(|group| group.contains(&word));
    let group = GROUPS
        .iter()
        .find(|group| group.iter().any(|other| meant(other)));
    let group = group.filter(|_| !known).copied().unwrap_or_default();
    group.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_in_one_group_at_most() {
        let mut seen = std::collections::BTreeSet::new();
        for word in GROUPS.iter().flat_map(|group| group.iter()) {
            assert!(seen.insert(word), "{word} stands twice");
        }
    }

    #[test]
    fn a_jumper_is_a_pullover() {
        assert!(of("jumper").any(|word| word == "pullover"));
        assert_eq!(of("unheard-of").count(), 0);
        assert!(near("sweter", 1).any(|word| word == "pullover"));
        assert_eq!(
            near("sweater", 1).count(),
            0,
            "it is known as it is written"
        );
    }
}
