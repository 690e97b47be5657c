//! The try-on service: TryOnRequested in, result picture out
