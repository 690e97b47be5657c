# C libraries that crates bring along are built optimised, also below Cargo's profile dev. Named by .cargo/config.toml.
set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
