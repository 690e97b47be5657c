//! The families into which shoppers sort colours, by nearness in Oklab.
//!
//! Oklab: B. Ottosson, "A perceptual color space for image processing" (2020); distances in it follow what eyes see.

/// A family of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "they are colours")]
pub enum ColourFamily {
    Black,
    White,
    Grey,
    Brown,
    Beige,
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
    Pink,
}

use ColourFamily::{
    Beige, Black, Blue, Brown, Green, Grey, Orange, Pink, Purple, Red, White, Yellow,
};

/// Typical members of each family, sRGB.
const TYPICAL: [(ColourFamily, [u8; 3]); 37] = [
    (Black, [0x12, 0x12, 0x14]),
    (Black, [0x2b, 0x2b, 0x2e]),
    (White, [0xff, 0xff, 0xff]),
    (White, [0xf4, 0xf2, 0xec]),
    (Grey, [0x55, 0x57, 0x5a]),
    (Grey, [0x80, 0x80, 0x80]),
    (Grey, [0xa6, 0xa8, 0xaa]),
    (Grey, [0xc8, 0xc8, 0xc8]),
    (Brown, [0x4e, 0x34, 0x24]),
    (Brown, [0x7b, 0x4f, 0x2e]),
    (Brown, [0x96, 0x6a, 0x44]),
    (Beige, [0xbf, 0xae, 0x92]),
    (Beige, [0xd8, 0xc7, 0xa8]),
    (Beige, [0xe8, 0xdd, 0xc6]),
    (Beige, [0xb7, 0x95, 0x68]),
    (Red, [0xc0, 0x24, 0x2c]),
    (Red, [0x80, 0x20, 0x2c]),
    (Red, [0x5e, 0x24, 0x30]),
    (Red, [0xa0, 0x48, 0x38]),
    (Orange, [0xe0, 0x7a, 0x2c]),
    (Orange, [0xc8, 0x64, 0x3c]),
    (Yellow, [0xf0, 0xd0, 0x40]),
    (Yellow, [0xd8, 0xa0, 0x34]),
    (Green, [0x2f, 0x4a, 0x40]),
    (Green, [0x2e, 0x7d, 0x44]),
    (Green, [0x6a, 0x8a, 0x50]),
    (Green, [0x90, 0x9c, 0x84]),
    (Green, [0x9c, 0xc0, 0x98]),
    (Blue, [0x24, 0x30, 0x50]),
    (Blue, [0x2c, 0x50, 0xa0]),
    (Blue, [0x55, 0x78, 0x9c]),
    (Blue, [0xa4, 0xc0, 0xdc]),
    (Purple, [0x50, 0x30, 0x70]),
    (Purple, [0x90, 0x70, 0xb0]),
    (Pink, [0xe8, 0xa0, 0xb4]),
    (Pink, [0xd8, 0x50, 0x90]),
    (Pink, [0xf4, 0xd0, 0xd4]),
];

impl ColourFamily {
    /// All of them, as a shop lists them.
    pub const ALL: [Self; 12] = [
        Black, White, Grey, Brown, Beige, Red, Orange, Yellow, Green, Blue, Purple, Pink,
    ];

    /// Its name, in English.
    pub const fn name(self) -> &'static str {
        match self {
            Black => "black",
            White => "white",
            Grey => "grey",
            Brown => "brown",
            Beige => "beige",
            Red => "red",
            Orange => "orange",
            Yellow => "yellow",
            Green => "green",
            Blue => "blue",
            Purple => "purple",
            Pink => "pink",
        }
    }

    /// The family of `#rrggbb`; grey for what is none.
    pub fn of(hex: &str) -> Self {
        let colour = Oklab::of(hex);
        let nearest = TYPICAL.iter().min_by(|(_, one), (_, other)| {
            let distance = |typical: &[u8; 3]| colour.distance(Oklab::of_srgb(*typical));
            distance(one).total_cmp(&distance(other))
        });
        nearest.map_or(Grey, |(family, _)| *family)
    }
}

/// A colour where distances are what eyes see.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Oklab {
    lightness: f32,
    green_red: f32,
    blue_yellow: f32,
}

impl Oklab {
    /// Of `#rrggbb`; mid grey for what is none.
    pub(crate) fn of(hex: &str) -> Self {
        let digits = hex.strip_prefix('#').filter(|digits| digits.len() == 6);
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = number.unwrap_or(0x80_80_80).to_be_bytes();
        Self::of_srgb([red, green, blue])
    }

    fn of_srgb(colour: [u8; 3]) -> Self {
        let [red, green, blue] = colour.map(|channel| {
            let channel = f32::from(channel) / 255.0;
            if channel <= 0.040_45 {
                channel / 12.92
            } else {
                ((channel + 0.055) / 1.055).powf(2.4)
            }
        });
        let cone = |by: [f32; 3]| (by[0] * red + by[1] * green + by[2] * blue).cbrt();
        let long = cone([0.412_221_46, 0.536_332_55, 0.051_445_995]);
        let middle = cone([0.211_903_5, 0.680_699_5, 0.107_396_96]);
        let short = cone([0.088_302_46, 0.281_718_85, 0.629_978_7]);
        let mix = |by: [f32; 3]| by[0] * long + by[1] * middle + by[2] * short;
        Self {
            lightness: mix([0.210_454_26, 0.793_617_8, -0.004_072_047]),
            green_red: mix([1.977_998_5, -2.428_592_2, 0.450_593_7]),
            blue_yellow: mix([0.025_904_037, 0.782_771_77, -0.808_675_77]),
        }
    }

    /// 0 for the same colour, about 1 from black to white. Hue counts more than lightness: a navy and a sky blue are kin.
    pub(crate) fn distance(self, other: Self) -> f32 {
        let lightness = (self.lightness - other.lightness) * 0.8;
        let green_red = (self.green_red - other.green_red) * 1.6;
        let blue_yellow = (self.blue_yellow - other.blue_yellow) * 1.6;
        (lightness.powi(2) + green_red.powi(2) + blue_yellow.powi(2)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_belong_where_shoppers_look_for_them() {
        for (hex, family) in [
            ("#000000", Black),
            ("#323235", Black),
            ("#f7f6f2", White),
            ("#a3a5a8", Grey),
            ("#d8c7a8", Beige),
            ("#7b4f2e", Brown),
            ("#5c2630", Red),
            ("#ff0000", Red),
            ("#e0a12e", Yellow),
            ("#2f4a3e", Green),
            ("#8d9a86", Green),
            ("#24324f", Blue),
            ("#a9c0dc", Blue),
            ("#663399", Purple),
            ("#ffb6c1", Pink),
            ("no colour", Grey),
        ] {
            assert_eq!(ColourFamily::of(hex), family, "{hex}");
        }
    }
}
