//! Pictures in, checked and upright; renditions out
