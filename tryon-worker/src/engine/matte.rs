//! Cuts a garment out of its picture: colours and soft opacity.

use super::error::Refusal;
use super::raster::{Colours, GuidedFilter, Plane, Raster, Rgb, components, smoothstep};

/// A garment without its background.
#[derive(Clone)]
pub(crate) struct Cutout {
    /// Colours, also defined outside the garment (its own colours spread outward).
    pub(crate) colours: Colours,
    /// Opacity 0..=1.
    pub(crate) alpha: Plane,
}

/// Cuts the garment out along the outline of what the network saw (`seen`, 0..=1), drawn exactly by the colours on both
/// sides of it, without the openings that only the ground's colour tells. `seams` is 1 where a slit may be expected: between
/// a sleeve and the body; `coloured` the garment as the ground's colour alone tells it, where it does.
pub(crate) fn cut_out(
    picture: &Colours,
    seen: &Plane,
    seams: &Plane,
    coloured: Option<&Plane>,
) -> Result<Cutout, Refusal> {
    let area = seen.data.iter().filter(|v| **v > 0.5).count();
    if area * 40 < seen.data.len() {
        return Err(Refusal::GarmentNotFound);
    }
    let outline = Outline::of(picture, seen, seams);
    if !outline.is_in_sight() {
        return Err(Refusal::GarmentNotFound);
    }
    if outline.touches_border(picture, seen) {
        return Err(Refusal::GarmentTouchesBorder);
    }
    let drawn = outline.close(seen, outline.draw(picture));
    let opened = outline.open(picture, seen, &drawn, coloured);
    let solid = outline.slit(picture, seams, opened);
    Ok(soften(picture, &solid))
}

/// How far from `ground` a colour may be to be taken for it.
const LIKE: f32 = 26.0;
/// How far apart cloth and ground are where they differ most, or there is no garment.
const LEAST: f32 = 4.0;
/// The share of a garment's cloth that must be of the ground's colour before that colour says nothing any more.
const ALIKE: f32 = 0.1;

/// The network's outline and the colours on both sides of it.
struct Outline {
    /// Half the width of the band in which the network is unsure, in pixels.
    reach: f32,
    /// How deep inside the outline each pixel is, and how far outside.
    depth: Plane,
    height: Plane,
    near_cloth: Colours,
    near_ground: Colours,
    /// The share of the cloth around each pixel that has the ground's colour: white stripes before white.
    alike: Plane,
    /// The same where the ground may lie in shade.
    alike_in_shade: Plane,
}

impl Outline {
    fn of(picture: &Colours, seen: &Plane, seams: &Plane) -> Self {
        let reach = (picture.width.min(picture.height) as f32 / 110.0).max(2.0);
        // The network's pixels are larger than the picture's: without their corners.
        let inner = seen
            .blur(0.6 * reach)
            .map(|v| if v > 0.5 { 1.0 } else { 0.0 });
        let (depth, height) = rayon::join(
            || inner.distance_to(|v| v < 0.5),
            || inner.distance_to(|v| v > 0.5),
        );
        let cloth = depth.map(|d| if d > reach { 1.0 } else { 0.0 });
        let ground = height.map(|d| if d > reach { 1.0 } else { 0.0 });
        let (near_cloth, near_ground) = (
            picture.spread(&cloth, reach),
            picture.spread(&ground, reach),
        );
        // What the network takes for cloth at a seam may be the very slit that is looked for.
        let sure = cloth.zip(seams, |c, s| c * (1.0 - s));
        let sure_near = sure.blur(3.0 * reach);
        let share = |twin: &(dyn Fn(usize) -> f32 + Sync)| {
            Plane::from_index(&sure, |i| {
                sure.data[i] * smoothstep(LIKE, 0.5 * LIKE, twin(i))
            })
            .blur(3.0 * reach)
            .zip(&sure_near, |t, c| t / c.max(1e-3))
        };
        let (colours, grounds) = (&picture.data, &near_ground.data);
        let alike = share(&|i| apart(colours[i], grounds[i]));
        let alike_in_shade = share(&|i| apart(colours[i], shaded(grounds[i], colours[i])));
        Self {
            reach,
            depth,
            height,
            near_cloth,
            near_ground,
            alike,
            alike_in_shade,
        }
    }

    /// Whether cloth and ground differ anywhere along the outline. On a plain picture the network sees a garment all the same.
    fn is_in_sight(&self) -> bool {
        let band = (0..self.depth.data.len())
            .filter(|i| self.depth.data[*i] < self.reach && self.height.data[*i] < self.reach);
        let mut spans: Vec<f32> = band
            .map(|i| apart(self.near_cloth.data[i], self.near_ground.data[i]))
            .collect();
        spans.sort_by(f32::total_cmp);
        spans.get(spans.len() * 9 / 10).is_some_and(|s| *s > LEAST)
    }

    /// Whether the garment goes on beyond the picture: cloth lies along a part of the border, nearer than the network's own pixels
    /// are wide, and the border itself is not of the ground's colour.
    fn touches_border(&self, picture: &Colours, seen: &Plane) -> bool {
        let (w, h) = (picture.width, picture.height);
        let deep = self.reach.round() as usize;
        let cloth = |x: usize, y: usize| {
            let i = y * w + x;
            let (own, near) = (picture.data[i], self.near_cloth.data[i]);
            apart(own, near) < apart(own, self.near_ground.data[i])
        };
        let sees = |x: usize, y: usize| seen.at(x, y) > 0.5;
        let columns = (0..w)
            .map(|x| {
                usize::from((0..deep).any(|d| sees(x, d)) && cloth(x, 0))
                    + usize::from((0..deep).any(|d| sees(x, h - 1 - d)) && cloth(x, h - 1))
            })
            .sum::<usize>();
        let rows = (0..h)
            .map(|y| {
                usize::from((0..deep).any(|d| sees(d, y)) && cloth(0, y))
                    + usize::from((0..deep).any(|d| sees(w - 1 - d, y)) && cloth(w - 1, y))
            })
            .sum::<usize>();
        columns + rows > (w + h) / 24
    }

    /// What the network says of a pixel in the band, 0 (ground) to 1.
    fn opinion(&self, i: usize) -> f32 {
        smoothstep(
            -0.5 * self.reach,
            0.5 * self.reach,
            self.depth.data[i] - self.height.data[i],
        )
    }

    /// Draws the outline inside the band: by how near each pixel's colour is to the garment's and the ground's nearby, as
    /// far as these differ, and by the network's opinion otherwise. A colour that the cloth shares with the ground is no
    /// sign of the ground.
    fn draw(&self, picture: &Colours) -> Plane {
        let rough = Plane::from_index(&self.depth, |i| {
            if self.depth.data[i] > self.reach {
                return 1.0;
            }
            if self.height.data[i] > self.reach {
                return 0.0;
            }
            let (c, f) = (picture.data[i], self.near_cloth.data[i]);
            // The ground in a slit lies in the garment's shade.
            let b = if self.alike_in_shade.data[i] < 0.5 * ALIKE {
                shaded(self.near_ground.data[i], c)
            } else {
                self.near_ground.data[i]
            };
            let (mut along, mut span) = (0.0, 0.0);
            for k in 0..3 {
                along += (c[k] - b[k]) * (f[k] - b[k]);
                span += (f[k] - b[k]).powi(2);
            }
            let doubt = 400.0;
            let along = (along / span.max(1e-3)).clamp(0.0, 1.0);
            let trust = smoothstep(1.5 * ALIKE, 0.5 * ALIKE, self.alike.data[i]);
            let weight = span * (trust + (1.0 - trust) * along);
            (along * weight + self.opinion(i) * doubt) / (weight + doubt)
        });
        // Where cloth and ground are nearly of one colour, noise and shadows fray the outline: it is drawn smoothly there.
        let smooth = rough.blur(0.8 * self.reach);
        let pale = Plane::from_index(&self.depth, |i| {
            let span = apart(self.near_cloth.data[i], self.near_ground.data[i]);
            smoothstep(60.0, 35.0, span)
        });
        let sharp = rough.box_blur(1);
        Plane::from_index(&rough, |i| {
            let v = sharp.data[i] + (smooth.data[i] - sharp.data[i]) * pale.data[i];
            if v > 0.5 { 1.0 } else { 0.0 }
        })
    }

    /// Closes notches of the outline where cloth and ground share a colour, as between the stripes at a hem: there the
    /// network alone drew it, and it is only as exact as its pixels are.
    fn close(&self, seen: &Plane, drawn: Plane) -> Plane {
        if self.alike.data.iter().all(|v| *v < ALIKE) {
            return drawn;
        }
        let radius = 1.6 * self.reach;
        let grown = drawn
            .distance_to(|v| v > 0.5)
            .map(|d| if d <= radius { 1.0 } else { 0.0 });
        let depth = grown.distance_to(|v| v < 0.5);
        Plane::from_index(&drawn, |i| {
            let notch = depth.data[i] > radius && self.alike.data[i] > ALIKE && seen.data[i] > 0.12;
            if notch { 1.0 } else { drawn.data[i] }
        })
    }

    /// Opens what is too narrow for the network to be sure of, as between a sleeve and the body: it has the ground's colour,
    /// perhaps in shade, and the cloth around it has that colour nowhere. Either the network wavers there, or it belongs to
    /// what `coloured` (the garment told by its ground's colour) leaves out.
    fn open(
        &self,
        picture: &Colours,
        seen: &Plane,
        drawn: &Plane,
        coloured: Option<&Plane>,
    ) -> Plane {
        let (w, h) = (drawn.width, drawn.height);
        let like_ground = Raster::from_index(drawn, |i| {
            let (own, ground) = (picture.data[i], self.near_ground.data[i]);
            drawn.data[i] > 0.5
                && self.alike_in_shade.data[i] < 0.5 * ALIKE
                && apart(own, shaded(ground, own)) < 0.7 * LIKE
        });
        let (labels, sizes) = components(w, h, |i| like_ground.data[i]);
        let (mut sure, mut least) = (vec![0.0_f32; sizes.len()], vec![1.0_f32; sizes.len()]);
        let mut left_out = vec![0.0_f32; sizes.len()];
        for (i, label) in labels.iter().enumerate() {
            let label = *label as usize;
            sure[label] += seen.data[i];
            least[label] = least[label].min(seen.data[i]);
            left_out[label] += coloured.map_or(0.0, |c| 1.0 - c.data[i]);
        }
        let opened = |label: usize| {
            let size = sizes[label] as f32;
            let wavers = sure[label] < 0.97 * size && least[label] < 0.85;
            label > 0 && size >= 12.0 && (wavers || left_out[label] > 0.6 * size)
        };
        Plane::from_index(drawn, |i| {
            if opened(labels[i] as usize) {
                0.0
            } else {
                drawn.data[i]
            }
        })
    }
}

impl Outline {
    /// Opens slits at `seams`: long, of the ground's colour in whatever shade, with mixed pixels along their edges. Where
    /// the cloth has that colour too, nothing is opened.
    fn slit(&self, picture: &Colours, seams: &Plane, drawn: Plane) -> Plane {
        if seams.data.iter().all(|s| *s < 0.5) {
            return drawn;
        }
        let (w, h) = (drawn.width, drawn.height);
        let ground = self.ground_share(picture, seams);
        let may = |i: usize| {
            drawn.data[i] > 0.5 && seams.data[i] > 0.5 && self.alike_in_shade.data[i] < ALIKE
        };
        let open = Raster::from_index(&drawn, |i| may(i) && ground.data[i] > 0.55).data;
        // A slit runs down; a light stripe that ends at it runs across.
        let (across, down) = runs(&open, w);
        let (labels, sizes) = components(w, h, |i| open[i] && down[i] >= across[i]);
        let (mut top, mut bottom) = (vec![h; sizes.len()], vec![0; sizes.len()]);
        let mut clear = vec![0_usize; sizes.len()];
        for (i, label) in labels.iter().map(|l| *l as usize).enumerate() {
            let (own, nearby) = (picture.data[i], self.near_ground.data[i]);
            clear[label] += usize::from(label > 0 && apart(own, shaded(nearby, own)) < LIKE);
            (top[label], bottom[label]) = (top[label].min(i / w), bottom[label].max(i / w));
        }
        let long = |label: usize| {
            label > 0
                && (bottom[label] - top[label]) as f32 > 2.5 * self.reach
                && clear[label] * 4 > sizes[label]
        };
        let opened = |i: usize| long(labels[i] as usize);
        let slit = Plane::from_index(&drawn, |i| if opened(i) { 0.0 } else { drawn.data[i] });
        // The mixed pixels beside it.
        let near = slit.distance_to(|v| v < 0.5);
        Plane::from_index(&slit, |i| {
            if may(i) && near.data[i] < 2.1 && ground.data[i] > 0.25 {
                0.0
            } else {
                slit.data[i]
            }
        })
    }

    /// How much of each pixel is ground, by its colour between that of the cloth beside the seams and that of the ground
    /// in shade.
    fn ground_share(&self, picture: &Colours, seams: &Plane) -> Plane {
        let inside = |depth: f32, seam: f32| {
            if depth > self.reach && seam < 0.5 {
                1.0
            } else {
                0.0
            }
        };
        let cloth = picture.spread(&self.depth.zip(seams, inside), self.reach);
        Plane::from_index(&self.depth, |i| {
            let (own, cloth) = (picture.data[i], cloth.data[i]);
            let ground = shaded(self.near_ground.data[i], own);
            let (mut along, mut span) = (0.0, 1.0);
            for k in 0..3 {
                along += (own[k] - cloth[k]) * (ground[k] - cloth[k]);
                span += (ground[k] - cloth[k]).powi(2);
            }
            along / span
        })
    }
}

/// How many marked pixels in a row and in a column each marked pixel belongs to.
fn runs(marked: &[bool], width: usize) -> (Vec<usize>, Vec<usize>) {
    let along = |step: usize, starts: &mut dyn Iterator<Item = usize>, count: usize| {
        let mut out = vec![0; marked.len()];
        for start in starts {
            let mut first = 0;
            for k in 0..=count {
                if k < count && marked[start + k * step] {
                    continue;
                }
                for own in first..k {
                    out[start + own * step] = k - first;
                }
                first = k + 1;
            }
        }
        out
    };
    let height = marked.len() / width;
    (
        along(1, &mut (0..height).map(|y| y * width), width),
        along(width, &mut (0..width), height),
    )
}

/// The ground's colour in such shade as makes it most like `own`.
fn shaded(ground: Rgb, own: Rgb) -> Rgb {
    let (mut both, mut square) = (0.0, 1.0);
    for k in 0..3 {
        both += ground[k] * own[k];
        square += ground[k] * ground[k];
    }
    let share = (both / square).clamp(0.72, 1.03);
    ground.map(|v| v * share)
}

/// Distance of two colours.
fn apart(a: Rgb, b: Rgb) -> f32 {
    (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f32>().sqrt()
}

/// Softens the edge along the picture's own edge and takes the background out of the rim's colours.
fn soften(picture: &Colours, solid: &Plane) -> Cutout {
    let guide = picture.luminance().map(|v| v / 255.0);
    // The weave of the cloth is no edge: only steps of more than a few hundredths of the light are.
    let refined = GuidedFilter::new(&guide, 3, 4e-3).apply(&solid.box_blur(1));
    let (depth, reach) = rayon::join(
        || solid.distance_to(|v| v < 0.5),
        || solid.distance_to(|v| v > 0.5),
    );
    // The outermost pixel of the hard mask is mostly a mixture: pull the edge in by half a pixel.
    let alpha = Plane::from_fn(solid.width, solid.height, |x, y| {
        let (inner, outer) = (depth.at(x, y), reach.at(x, y));
        if inner > 4.0 {
            1.0
        } else if outer > 1.5 {
            0.0
        } else {
            smoothstep(0.55, 0.97, refined.at(x, y)).min(smoothstep(0.3, 3.2, inner))
        }
    });
    let core = depth.map(|d| if d > 2.6 { 1.0 } else { 0.0 });
    let spread = picture.spread(&core, 2.0);
    let colours = Colours::from_fn(solid.width, solid.height, |x, y| {
        let keep = smoothstep(1.2, 3.2, depth.at(x, y));
        let (own, near) = (picture.at(x, y), spread.at(x, y));
        [0, 1, 2].map(|k| own[k] * keep + near[k] * (1.0 - keep))
    });
    Cutout { colours, alpha }
}

#[cfg(test)]
mod tests {
    use super::super::backdrop::by_background;
    use super::*;

    fn disc(background: Rgb, garment: Rgb) -> Colours {
        Colours::from_fn(200, 200, |x, y| {
            if ((x as f32 - 100.0).powi(2) + (y as f32 - 100.0).powi(2)).sqrt() < 60.0 {
                garment
            } else {
                background
            }
        })
    }

    #[test]
    fn a_disc_is_cut_out_where_it_is() {
        let picture = disc([235.0; 3], [40.0, 60.0, 160.0]);
        let cut = soften(&picture, &by_background(&picture).unwrap());
        assert!(cut.alpha.at(100, 100) > 0.99);
        assert!(cut.alpha.at(20, 20) < 0.01);
        let area: f32 = cut.alpha.data.iter().sum();
        assert!((area - 11_310.0).abs() < 500.0, "area {area}");
    }

    #[test]
    fn a_slit_beside_a_sleeve_shows_the_ground() {
        // Body and sleeve, with two pixels of shaded ground between them that the network does not see; a light stripe
        // crosses the sleeve.
        let (cloth, ground) = ([60.0, 95.0, 160.0], [240.0, 240.0, 238.0]);
        let slit = |x: usize, y: usize| (120..122).contains(&x) && y > 90;
        let garment = |x: usize, y: usize| (40..150).contains(&x) && (30..210).contains(&y);
        let picture = Colours::from_fn(200, 240, |x, y| match (garment(x, y), slit(x, y)) {
            (true, true) => ground.map(|v| 0.85 * v),
            (true, false) if (122..130).contains(&x) && (140..144).contains(&y) => ground,
            (true, false) => cloth,
            (false, _) => ground,
        });
        let seen = Plane::from_fn(200, 240, |x, y| if garment(x, y) { 1.0 } else { 0.0 });
        let seams = Plane::from_fn(200, 240, |x, y| {
            if (112..130).contains(&x) && y > 80 {
                1.0
            } else {
                0.0
            }
        });
        let cut = cut_out(
            &picture,
            &seen,
            &seams,
            by_background(&picture).ok().as_ref(),
        )
        .unwrap();
        let through = (100..200).map(|y| cut.alpha.at(120, y).max(cut.alpha.at(121, y)));
        assert!(through.fold(0.0, f32::max) < 0.2);
        assert!(cut.alpha.at(100, 150) > 0.99 && cut.alpha.at(140, 150) > 0.99);
        assert!(cut.alpha.at(127, 142) > 0.6, "the stripe stays");
        // Without a sleeve there, a thin light line is a print.
        let nowhere = Plane::filled(200, 240, 0.0);
        let whole = Outline::of(&picture, &seen, &nowhere).slit(&picture, &nowhere, seen.clone());
        assert_eq!(whole.data, seen.data);
    }

    #[test]
    fn white_cloth_on_a_white_ground_has_a_smooth_hem() {
        // A hem at row 160, over which a shadow's ripples fray the colours of the ground.
        let picture = Colours::from_fn(240, 240, |x, y| {
            let ripple = if (x / 3) % 2 == 0 { 9.0 } else { 0.0 };
            let inside = (40..200).contains(&x) && (40..160).contains(&y);
            if inside {
                [248.0; 3]
            } else {
                [236.0 + ripple; 3]
            }
        });
        let seen = Plane::from_fn(240, 240, |x, y| {
            let inside = (40..200).contains(&x) && (40..160).contains(&y);
            if inside { 1.0 } else { 0.0 }
        });
        let cut = cut_out(&picture, &seen, &Plane::filled(240, 240, 0.0), None).unwrap();
        let hem = |x: usize| (100..200).filter(|y| cut.alpha.at(x, *y) > 0.5).count();
        let rows: Vec<usize> = (60..180).map(hem).collect();
        let (low, high) = (rows.iter().min().unwrap(), rows.iter().max().unwrap());
        assert!(
            high - low <= 1,
            "the hem is between {low} and {high} pixels down"
        );
    }

    /// What a network sees that takes these pixels for cloth.
    fn sees(inside: impl Fn(usize, usize) -> bool + Sync) -> Plane {
        Plane::from_fn(200, 200, |x, y| if inside(x, y) { 1.0 } else { 0.0 })
    }

    fn refused(picture: &Colours, seen: &Plane) -> Option<Refusal> {
        cut_out(picture, seen, &Plane::filled(200, 200, 0.0), None).err()
    }

    #[test]
    fn what_the_network_sees_on_a_plain_picture_is_no_garment() {
        let plain = Colours::filled(200, 200, [238.0; 3]);
        let seen = sees(|x, y| x.abs_diff(100) < 50 && y.abs_diff(100) < 60);
        assert_eq!(refused(&plain, &seen), Some(Refusal::GarmentNotFound));
        // White on white is one.
        let pale = Colours::from_fn(200, 200, |x, y| {
            [if seen.at(x, y) > 0.5 { 246.0 } else { 238.0 }; 3]
        });
        assert_eq!(refused(&pale, &seen), None);
    }

    #[test]
    fn a_garment_is_cut_off_where_its_cloth_is_on_the_border() {
        let cloth = |from: usize| {
            Colours::from_fn(200, 200, move |x, y| {
                let inside = (from..120).contains(&x) && (50..150).contains(&y);
                if inside {
                    [60.0, 90.0, 160.0]
                } else {
                    [240.0; 3]
                }
            })
        };
        // The network's pixels are six of the picture's: it sees cloth up to the second column in both.
        let seen = sees(|x, y| (1..120).contains(&x) && (50..150).contains(&y));
        let cut = refused(&cloth(0), &seen);
        assert_eq!(cut, Some(Refusal::GarmentTouchesBorder));
        assert_eq!(
            refused(&cloth(2), &seen),
            None,
            "the ground shows around it"
        );
    }
}
