//! In which sizes and formats pictures are served: declared here, and nowhere else.

use super::{PictureFormat, Rendition};

/// The widths in which pictures are served, in pixels, in ascending order. A picture has those that it reaches, and the next one at
/// its own width.
pub const RENDITION_WIDTHS_PX: [u32; 4] = [160, 400, 800, 1_600];

/// The last of them.
pub const WIDEST_RENDITION_PX: u32 = RENDITION_WIDTHS_PX[RENDITION_WIDTHS_PX.len() - 1];

/// The formats in which pictures are served, with the end of their names, the smallest file first. Pictures from before a format was
/// added lack it.
pub const RENDITION_FORMATS: [(PictureFormat, &str); 3] = [
    (PictureFormat::Avif, "avif"),
    (PictureFormat::Webp, "webp"),
    (PictureFormat::Jpeg, "jpg"),
];

/// Every name that a rendition may have, such as `400.webp`.
pub fn rendition_names() -> impl Iterator<Item = String> {
    RENDITION_WIDTHS_PX.iter().flat_map(|width| {
        RENDITION_FORMATS
            .iter()
            .map(move |(_, extension)| format!("{width}.{extension}"))
    })
}

/// The rendition under this name. Where the picture is too small for that width, the widest one in the same format: a declared
/// address shows the picture, however small it is.
pub fn rendition_under<'a>(renditions: &'a [Rendition], name: &str) -> Option<&'a Rendition> {
    renditions
        .iter()
        .find(|rendition| rendition.name == name)
        .or_else(|| {
            let (_, extension) = name.split_once('.')?;
            let (format, _) = RENDITION_FORMATS
                .iter()
                .find(|(_, end)| *end == extension)?;
            renditions
                .iter()
                .filter(|_| rendition_names().any(|declared| declared == name))
                .filter(|rendition| rendition.stored.format == *format)
                .max_by_key(|rendition| rendition.stored.width_px)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_picture_is_found_under_every_declared_width() {
        let made = [Rendition::sample()];
        assert_eq!(rendition_under(&made, "400.webp"), Some(&made[0]));
        assert_eq!(rendition_under(&made, "1600.webp"), Some(&made[0]));
        for other in ["1600.avif", "500.webp", "1600.gif", "webp", "original"] {
            assert_eq!(rendition_under(&made, other), None, "{other}");
        }
    }
}
