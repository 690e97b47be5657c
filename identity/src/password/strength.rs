//! Which passwords are taken (NIST SP 800-63B-4, 3.1.1: long, none that is easily guessed, and no rules about kinds of letters).

use http_kit::Problem;
use zxcvbn::{Score, zxcvbn};

use super::Password;

/// What else is asked for, which decides how long a password must be (NIST SP 800-63B-4, 3.1.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nothing: 15 characters.
    Nothing,
    /// A second factor: 8 characters.
    SecondFactor,
}

impl Beside {
    const fn shortest(self) -> usize {
        match self {
            Self::Nothing => 15,
            Self::SecondFactor => 8,
        }
    }

    /// How hard it must be to guess: eight characters cannot be as hard as fifteen.
    const fn least(self) -> Score {
        match self {
            Self::Nothing => Score::Three,
            Self::SecondFactor => Score::Two,
        }
    }
}

/// Whether a password is too short to stand alone.
pub(crate) fn is_short(password: &Password) -> bool {
    password.reveal().chars().count() < Beside::Nothing.shortest()
}

/// Looking for patterns takes longer than a request should in longer ones, and they need it less.
const LOOKED_AT: usize = 64;

/// Demands a password that is long and not easily guessed by whoever knows the address, else 422 with what to do.
/// `pointer` is where it stands in the body. Takes milliseconds of CPU.
pub(crate) fn check_strength(
    password: &Password,
    email: &str,
    pointer: &str,
    beside: Beside,
) -> Result<(), Problem> {
    let shortest = beside.shortest();
    let weak = |detail: String| {
        let title = "The password is too easily guessed";
        let problem = Problem::new(
            http::StatusCode::UNPROCESSABLE_ENTITY,
            "password-weak",
            title,
        );
        Err(problem.pointer(pointer, detail))
    };
    let text = password.reveal();
    if text.chars().count() < shortest {
        return weak(format!(
            "must have {shortest} characters at least: several words, say"
        ));
    }
    if text.to_lowercase().contains(&email.to_lowercase()) {
        return weak("must not hold the e-mail address".to_owned());
    }
    let start: String = text.chars().take(LOOKED_AT).collect();
    let known: Vec<&str> = email.split(['@', '.', '-', '_', '+']).collect();
    let judged = zxcvbn(&start, &known);
    if judged.score() >= beside.least() {
        return Ok(());
    }
    let feedback = judged.feedback();
    let advice = feedback.map(|feedback| {
        let warning = feedback.warning().map(|warning| warning.to_string());
        let suggestions = feedback.suggestions().iter().map(ToString::to_string);
        warning.into_iter().chain(suggestions).collect::<Vec<_>>()
    });
    weak(format!(
        "is easily guessed. {}",
        advice.unwrap_or_default().join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_beside(password: &str, beside: Beside) -> bool {
        let password = Password::try_from(password.to_owned()).unwrap();
        let email = "ada.lovelace@shop.example";
        check_strength(&password, email, "/password", beside).is_ok()
    }

    fn taken(password: &str) -> bool {
        taken_beside(password, Beside::Nothing)
    }

    #[test]
    fn beside_a_second_factor_a_password_may_be_shorter_but_not_weak() {
        assert!(taken_beside("qM8#tv1!", Beside::SecondFactor));
        for weak in ["qM8#tv1", "password", "adaadaada"] {
            assert!(!taken_beside(weak, Beside::SecondFactor), "{weak}");
        }
        assert!(!taken("qM8#tv1!"));
    }

    #[test]
    fn words_in_a_row_are_taken_and_what_everybody_uses_is_not() {
        assert!(taken("seven grey herons wade home"));
        assert!(taken("qM8#tv1!xR5&wK2z"));
        for weak in [
            "short",
            "passwordpassword",
            "aaaaaaaaaaaaaaaaaaaa",
            "adalovelaceadalovelace",
            "123456789012345678",
        ] {
            assert!(!taken(weak), "{weak}");
        }
    }
}
