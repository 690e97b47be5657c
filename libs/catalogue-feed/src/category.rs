//! Where on the body a garment goes, from the words that other systems have for it.

/// Whole words, in the singular.
const WORDS: [(&str, &[&str]); 4] = [
    (
        "dresses",
        &[
            "dress", "dresse", "gown", "jumpsuit", "romper", "overall", "playsuit", "kleid",
            "kleider", "robe",
        ],
    ),
    (
        "outerwear",
        &[
            "outerwear",
            "jacket",
            "coat",
            "blazer",
            "parka",
            "anorak",
            "puffer",
            "gilet",
            "windbreaker",
            "bomber",
            "trench",
            "jacke",
            "mantel",
            "veste",
            "manteau",
        ],
    ),
    (
        "bottoms",
        &[
            "bottom", "pant", "trouser", "jean", "short", "skirt", "legging", "chino", "jogger",
            "culotte", "skort", "hose", "rock", "jupe", "pantalon",
        ],
    ),
    (
        "tops",
        &[
            "top",
            "shirt",
            "tshirt",
            "t-shirt",
            "tee",
            "blouse",
            "jumper",
            "sweater",
            "knitwear",
            "hoodie",
            "sweatshirt",
            "cardigan",
            "polo",
            "tank",
            "pullover",
            "camisole",
            "turtleneck",
            "henley",
            "hemd",
            "bluse",
            "pulli",
            "chemise",
            "pull",
            "overshirt",
        ],
    ),
];

/// Google's numbers for what people wear.
const NUMBERS: [(&str, &str); 7] = [
    ("2271", "dresses"),
    ("203", "outerwear"),
    ("5598", "outerwear"),
    ("204", "bottoms"),
    ("207", "bottoms"),
    ("1581", "bottoms"),
    ("212", "tops"),
];

/// What the texts say, the first that says something. Of a path, the last part that says something.
pub(crate) fn guess(texts: &[&str]) -> Option<String> {
    texts
        .iter()
        .find_map(|text| of_text(text))
        .map(str::to_owned)
}

fn of_text(text: &str) -> Option<&'static str> {
    if let Some((_, category)) = NUMBERS.iter().find(|(number, _)| *number == text.trim()) {
        return Some(category);
    }
    text.rsplit('>').find_map(of_words)
}

/// A name says what it is with its last word: a shirt dress is a dress, a dress shirt a shirt.
fn of_words(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    text.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '-')
        .find_map(of_word)
}

fn of_word(word: &str) -> Option<&'static str> {
    let singular = word.strip_suffix('s').unwrap_or(word);
    let same = |known: &&str| *known == word || *known == singular;
    let known =
        |(category, words): &(&'static str, &[&str])| words.iter().any(same).then_some(*category);
    WORDS.iter().find_map(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_where_a_garment_goes() {
        for (text, category) in [
            ("Apparel & Accessories > Clothing > Shirts & Tops", "tops"),
            ("Women > Dresses", "dresses"),
            ("Denim shirt dress", "dresses"),
            ("Dress shirt", "tops"),
            ("T-Shirts", "tops"),
            ("Leather Jacket, black", "outerwear"),
            ("1581", "bottoms"),
            ("Wide Jeans", "bottoms"),
        ] {
            assert_eq!(guess(&["", text]).as_deref(), Some(category), "{text}");
        }
        assert_eq!(guess(&["Candles", "Home"]), None);
    }
}
