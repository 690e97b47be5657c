//! Values for colours that a file only names.

/// What a colour is drawn with where nothing is known of it.
const UNKNOWN: &str = "#9e9e9e";

const KNOWN: [(&str, &str); 62] = [
    ("apricot", "#f4b183"),
    ("aqua", "#4fd0d0"),
    ("beige", "#d9c7a7"),
    ("black", "#141414"),
    ("blue", "#2f5fb3"),
    ("blush", "#e8c4c0"),
    ("brick", "#9c4a3c"),
    ("brown", "#6b4a34"),
    ("burgundy", "#6d1f32"),
    ("camel", "#b98d5b"),
    ("charcoal", "#3d4145"),
    ("chocolate", "#4a2f23"),
    ("clay", "#b5694d"),
    ("cobalt", "#1f47b0"),
    ("copper", "#b06a3b"),
    ("coral", "#f27d68"),
    ("cream", "#f3ead7"),
    ("denim", "#45618c"),
    ("ecru", "#e6dcc6"),
    ("emerald", "#1c7d58"),
    ("forest", "#2b4a34"),
    ("fuchsia", "#c92a86"),
    ("gold", "#c9a227"),
    ("gray", "#8c8c8c"),
    ("green", "#3f7d45"),
    ("grey", "#8c8c8c"),
    ("indigo", "#2c3968"),
    ("ivory", "#f6f1e3"),
    ("khaki", "#8a8158"),
    ("lavender", "#b7a8d6"),
    ("lilac", "#c2a6cf"),
    ("lime", "#a8cf3a"),
    ("magenta", "#c0267e"),
    ("maroon", "#5e1f28"),
    ("mauve", "#a17f92"),
    ("mint", "#a9dcc3"),
    ("mustard", "#c99a2e"),
    ("navy", "#1b2a4a"),
    ("oatmeal", "#dbd0bb"),
    ("ochre", "#bf8630"),
    ("olive", "#66693a"),
    ("orange", "#e57b2c"),
    ("peach", "#f5c2a1"),
    ("pink", "#e79ab0"),
    ("plum", "#5c2f52"),
    ("purple", "#6a4091"),
    ("red", "#b8262f"),
    ("rose", "#d48a96"),
    ("rust", "#a4502c"),
    ("sage", "#9aa88a"),
    ("salmon", "#f0917f"),
    ("sand", "#d8c9a8"),
    ("silver", "#bfc3c7"),
    ("sky", "#8fbfe6"),
    ("slate", "#5a6672"),
    ("stone", "#bdb5a4"),
    ("tan", "#c4a27a"),
    ("taupe", "#8f8174"),
    ("teal", "#1f7a7a"),
    ("turquoise", "#34b5ac"),
    ("white", "#fafafa"),
    ("yellow", "#f0ce4a"),
];

/// The value of the last word that is a colour: light blue is a blue. A grey where none is.
pub(crate) fn hex_of(name: &str) -> String {
    known(name).map_or(UNKNOWN, |(_, hex)| hex).to_owned()
}

/// The last word of the text that is a colour.
pub(crate) fn word_in(text: &str) -> Option<&'static str> {
    known(text).map(|(name, _)| name)
}

fn known(text: &str) -> Option<(&'static str, &'static str)> {
    let text = text.to_lowercase();
    text.rsplit(|letter: char| !letter.is_alphanumeric())
        .find_map(|word| KNOWN.iter().find(|(name, _)| *name == word))
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_known_by_its_last_word() {
        assert_eq!(hex_of("Light Blue"), hex_of("blue"));
        assert_eq!(hex_of("Midnight Bloom"), UNKNOWN);
        assert_eq!(word_in("Linen shirt, navy"), Some("navy"));
        assert_eq!(word_in("Linen shirt"), None);
        assert!(KNOWN.is_sorted_by_key(|(name, _)| *name));
    }
}
