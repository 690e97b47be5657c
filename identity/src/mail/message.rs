//! What mail says.

use super::MailLanguage;

/// What only the reader of the mail has: any of the two will do.
#[derive(Clone)]
pub(crate) struct Secrets {
    /// Eight digits, to be typed.
    pub(crate) code: String,
    /// The end of a link, to be followed.
    pub(crate) link: String,
}

/// A mail.
pub(crate) enum Message {
    /// Somebody wants an account with this address.
    SignUp(Secrets),
    /// The same, and there is one.
    AlreadySignedUp,
    /// Somebody has forgotten the password.
    Recovery(Secrets),
}

impl Message {
    /// Subject and text.
    pub(crate) fn write(&self, language: MailLanguage, site: &str) -> (&'static str, String) {
        match (self, language) {
            (Self::SignUp(secrets), MailLanguage::En) => (
                "Confirm your e-mail address",
                format!(
                    "Hello,\n\nyour code is {}\n\nor follow this link:\n{site}/confirm#{}\n\nBoth work for 15 minutes, once. If you \
                     did not ask for an account, there is nothing to do.\n",
                    spaced(&secrets.code),
                    secrets.link
                ),
            ),
            (Self::SignUp(secrets), MailLanguage::De) => (
                "Bestätigen Sie Ihre E-Mail-Adresse",
                format!(
                    "Guten Tag,\n\nIhr Code ist {}\n\noder folgen Sie diesem Link:\n{site}/confirm#{}\n\nBeides gilt 15 Minuten lang, \
                     einmal. Wenn Sie kein Konto wollten, ist nichts zu tun.\n",
                    spaced(&secrets.code),
                    secrets.link
                ),
            ),
            (Self::AlreadySignedUp, MailLanguage::En) => (
                "You have an account already",
                format!(
                    "Hello,\n\nsomebody, probably you, asked for an account with this address. There is one already: sign in at\n\
                     {site}/sign-in\n\nIf you have forgotten the password, you can set a new one there.\n"
                ),
            ),
            (Self::AlreadySignedUp, MailLanguage::De) => (
                "Sie haben schon ein Konto",
                format!(
                    "Guten Tag,\n\njemand, vermutlich Sie, wollte ein Konto mit dieser Adresse anlegen. Es gibt schon eines: melden Sie \
                     sich an unter\n{site}/sign-in\n\nHaben Sie das Passwort vergessen, können Sie dort ein neues setzen.\n"
                ),
            ),
            (Self::Recovery(secrets), MailLanguage::En) => (
                "Set a new password",
                format!(
                    "Hello,\n\nyour code is {}\n\nor follow this link to set a new password:\n{site}/recover#{}\n\nBoth work for 15 \
                     minutes, once. If you did not ask for this, nothing has changed.\n",
                    spaced(&secrets.code),
                    secrets.link
                ),
            ),
            (Self::Recovery(secrets), MailLanguage::De) => (
                "Setzen Sie ein neues Passwort",
                format!(
                    "Guten Tag,\n\nIhr Code ist {}\n\noder folgen Sie diesem Link, um ein neues Passwort zu setzen:\n{site}/recover#{}\n\n\
                     Beides gilt 15 Minuten lang, einmal. Wenn Sie das nicht wollten, hat sich nichts geändert.\n",
                    spaced(&secrets.code),
                    secrets.link
                ),
            ),
        }
    }
}

/// Four digits and four are easier to read than eight.
fn spaced(code: &str) -> String {
    match code.split_at_checked(code.len() / 2) {
        Some((first, second)) => format!("{first} {second}"),
        None => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_the_code_and_the_link_in_both_languages() {
        let secrets = Secrets {
            code: "12345678".to_owned(),
            link: "abc".to_owned(),
        };
        for language in [MailLanguage::En, MailLanguage::De] {
            for message in [
                Message::SignUp(secrets.clone()),
                Message::Recovery(secrets.clone()),
            ] {
                let (_, text) = message.write(language, "https://shop.example");
                assert!(text.contains("1234 5678"), "{text}");
                assert!(text.contains("#abc\n"), "{text}");
            }
            let (_, text) = Message::AlreadySignedUp.write(language, "https://shop.example");
            assert!(text.contains("https://shop.example/sign-in\n"), "{text}");
        }
    }
}
