//! All causes of an error in one line.

use std::{error::Error, fmt};

/// An error and its causes. `Display` writes them from the outside in, with `: ` between them.
#[derive(Debug, Clone, Copy)]
pub struct Chain<'a>(&'a (dyn Error + 'static));

/// Whoever handles an error logs this, once: our messages never repeat their source.
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> Chain<'a> {
    Chain(error)
}

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = self.0.to_string();
        f.write_str(&last)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let message = error.to_string();
            // A transparent wrapper says the same as what it wraps: once is enough.
            if message != last {
                write!(f, ": {message}")?;
            }
            last = message;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|layer| layer as _)
        }
    }

    #[test]
    fn causes_follow_from_the_outside_in_and_are_not_repeated() {
        let refused = Layer("connection refused", None);
        let transparent = Layer("connection refused", Some(Box::new(refused)));
        let error = Layer("cannot reach the log", Some(Box::new(transparent)));
        assert_eq!(
            chain(&error).to_string(),
            "cannot reach the log: connection refused"
        );
    }
}
