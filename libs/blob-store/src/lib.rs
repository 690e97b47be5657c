//! Content-addressed blobs on a directory or a bucket
