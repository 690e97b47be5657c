//! Addresses from words.

/// Lower-case words of letters and digits with single hyphens between them, at most 80 bytes: what an address may hold of
/// this text. Empty where nothing of it may.
pub fn slugify(text: &str) -> String {
    const MOST: usize = 80;
    let mut slug = String::new();
    let mut gap = false;
    for letter in text.chars().flat_map(char::to_lowercase) {
        let mut plain = [0; 4];
        let word = match letter {
            'ä' | 'æ' => "ae",
            'ö' | 'œ' | 'ø' => "oe",
            'ü' => "ue",
            'ß' => "ss",
            'à' | 'á' | 'â' | 'ã' | 'å' | 'ą' => "a",
            'ç' | 'ć' | 'č' => "c",
            'è' | 'é' | 'ê' | 'ë' | 'ę' => "e",
            'ì' | 'í' | 'î' | 'ï' => "i",
            'ł' => "l",
            'ñ' | 'ń' => "n",
            'ò' | 'ó' | 'ô' | 'õ' => "o",
            'ś' | 'š' => "s",
            'ù' | 'ú' | 'û' => "u",
            'ý' => "y",
            'ź' | 'ż' | 'ž' => "z",
            // An apostrophe is no gap: women's, womens.
            '\'' | '’' | '\u{307}' => continue,
            letter if letter.is_ascii_alphanumeric() => letter.encode_utf8(&mut plain),
            _ => {
                gap = true;
                continue;
            }
        };
        let hyphen = usize::from(gap && !slug.is_empty());
        if slug.len() + hyphen + word.len() > MOST {
            break;
        }
        if hyphen == 1 {
            slug.push('-');
        }
        gap = false;
        slug.push_str(word);
    }
    slug
}

/// A path of a menu, such as `Women > Tops > Shirts`, as slugs with `/` between them: the last six.
pub(crate) fn slug_path(text: &str) -> Option<String> {
    let parts: Vec<_> = text
        .split('>')
        .map(slugify)
        .filter(|part| !part.is_empty())
        .collect();
    let last = parts.get(parts.len().saturating_sub(6)..)?;
    Some(last.join("/")).filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_become_addresses() {
        assert_eq!(slugify("  Größe & Stil — Café "), "groesse-stil-cafe");
        assert_eq!(slugify("Women's tee"), "womens-tee");
        assert_eq!(slugify("日本"), "");
        assert_eq!(
            slug_path("Apparel & Accessories > Clothing > Shirts & Tops").as_deref(),
            Some("apparel-accessories/clothing/shirts-tops")
        );
        assert_eq!(slug_path(" > "), None);
    }

    proptest! {
        #[test]
        fn a_slug_is_well_formed(text in ".{0,200}") {
            let slug = slugify(&text);
            prop_assert!(slug.len() <= 80);
            let sound = slug.is_empty() || slug.split('-').all(|word| {
                !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
            prop_assert!(sound, "{slug}");
        }
    }
}
