//! A cqrs-es event store on NATS JetStream
