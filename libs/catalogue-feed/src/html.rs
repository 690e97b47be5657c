//! Descriptions: markup in Shopify's files, plain text in ours.

use std::fmt::Write as _;

/// The text of a piece of HTML: paragraphs and breaks become lines, other tags nothing, white space runs one space.
pub(crate) fn to_text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(letter) = rest.chars().next() {
        match letter {
            '<' => {
                let Some((tag, after)) = rest[1..].split_once('>') else {
                    // No tag: a stray sign.
                    text.push_str(rest);
                    break;
                };
                if breaks(tag) {
                    while text.ends_with(' ') {
                        text.pop();
                    }
                    text.push('\n');
                }
                rest = after;
            }
            '&' => rest = entity(rest, &mut text),
            letter if letter.is_ascii_whitespace() => {
                if !text.is_empty() && !text.ends_with([' ', '\n']) {
                    text.push(' ');
                }
                rest = &rest[letter.len_utf8()..];
            }
            letter => {
                text.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    text.trim().to_owned()
}

fn breaks(tag: &str) -> bool {
    let name = tag
        .split(|letter: char| letter.is_ascii_whitespace())
        .next()
        .unwrap_or_default();
    let name = name.trim_end_matches('/').to_ascii_lowercase();
    matches!(
        name.as_str(),
        "br" | "/p" | "/div" | "/li" | "/h1" | "/h2" | "/h3" | "/h4" | "/tr"
    )
}

/// Takes an entity off the front; a sign that begins none is itself.
fn entity<'a>(rest: &'a str, text: &mut String) -> &'a str {
    let end = rest
        .bytes()
        .take(12)
        .position(|byte| byte == b';')
        .filter(|end| *end > 1);
    let Some((name, after)) = end.and_then(|end| Some((rest.get(1..end)?, rest.get(end + 1..)?)))
    else {
        text.push('&');
        return &rest[1..];
    };
    let number = name
        .strip_prefix('#')
        .and_then(|number| match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        });
    let letter = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        "ndash" => Some('–'),
        "mdash" => Some('—'),
        "rsquo" => Some('’'),
        "hellip" => Some('…'),
        _ => number.and_then(char::from_u32),
    };
    let Some(letter) = letter else {
        text.push('&');
        return &rest[1..];
    };
    text.push(letter);
    after
}

/// HTML that [`to_text`] reads back as this text.
pub(crate) fn of_text(text: &str) -> String {
    let mut html = String::new();
    let mut before = None;
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\n' => html.push_str("<br>"),
            ' ' if matches!(before, Some(' ' | '\n') | None) => html.push_str("&#32;"),
            letter if letter.is_ascii_whitespace() => {
                // Writing to a String cannot fail.
                let _ = write!(html, "&#{};", u32::from(letter));
            }
            letter => html.push(letter),
        }
        before = Some(letter);
    }
    html
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markup_becomes_lines() {
        assert_eq!(
            to_text(
                "<p>Washed&nbsp;linen,\n  cut <b>straight</b>.</p><ul><li>60 &deg;C &amp; up</li></ul>"
            ),
            "Washed linen, cut straight.\n60 &deg;C & up"
        );
        assert_eq!(to_text("a < b"), "a < b");
        assert_eq!(
            to_text("x &#x263a; &; &unknownunknown;"),
            "x ☺ &; &unknownunknown;"
        );
    }

    proptest! {
        #[test]
        fn no_markup_is_too_strange(html in "[<>&;#a-z/ \n]{0,60}|.{0,60}") {
            to_text(&html);
        }

        #[test]
        fn a_text_reads_back_as_written(text in "[a-z<>&; \u{e9}\n\"]{0,60}") {
            // A blank before a break is not kept.
            let text = text.trim().to_owned();
            let kept: Vec<_> = text.split('\n').map(|line| line.trim_end_matches(' ')).collect();
            prop_assert_eq!(to_text(&of_text(&text)), kept.join("\n"));
        }
    }
}
