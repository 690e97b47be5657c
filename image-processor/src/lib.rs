//! Uploaded pictures become renditions; the Media service
