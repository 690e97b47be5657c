//! One way of writing for what is written in many.

/// The key of a facet's value: lower-case letters and digits with single hyphens between them. `Levi's 501` is `levi-s-501`, and so is
/// `LEVI'S-501`.
pub fn key_of(value: &str) -> String {
    let mut key = String::with_capacity(value.len());
    for letter in value.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            key.push(letter);
        } else if !key.is_empty() && !key.ends_with('-') {
            key.push('-');
        }
    }
    let trimmed = key.trim_end_matches('-').len();
    key.truncate(trimmed);
    key
}

/// Words that are written with a hyphen, with a space or in one, in one: the tokenizer would make two of them.
const JOINED: [(&str, &str); 9] = [
    ("t-shirt", "tshirt"),
    ("t shirt", "tshirt"),
    ("tee-shirt", "tshirt"),
    ("v-neck", "vneck"),
    ("v neck", "vneck"),
    ("a-line", "aline"),
    ("long sleeve", "longsleeve"),
    ("long-sleeve", "longsleeve"),
    ("roll neck", "rollneck"),
];

/// The text as it is indexed, and as it is looked for: lower case, with joined words.
pub(crate) fn joined(text: &str) -> String {
    let mut text = text.to_lowercase();
    for (apart, joined) in JOINED {
        if text.contains(apart) {
            text = text.replace(apart, joined);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_same_however_the_value_is_written() {
        assert_eq!(key_of("Virgin  Wool"), "virgin-wool");
        assert_eq!(key_of("W32/L34"), "w32-l34");
        assert_eq!(key_of(" -Größe- "), "größe");
        assert_eq!(key_of("///"), "");
    }

    #[test]
    fn words_that_are_written_apart_are_one() {
        assert_eq!(joined("T-Shirt, long sleeves"), "tshirt, longsleeves");
    }
}
