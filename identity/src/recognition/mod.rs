//! Whom a credential opened to a moment ago, so that not each request asks the database; and how that ends.

mod endings;
mod recognised;

pub(crate) use self::recognised::Recognised;
