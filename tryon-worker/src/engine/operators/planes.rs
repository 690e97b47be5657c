//! How a convolution's input lies as planes.

use super::kernel::OVERHANG;

/// The shapes of a convolution of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Geometry {
    /// Channels, rows, columns.
    pub(super) input: [usize; 3],
    /// Rows, columns.
    pub(super) output: [usize; 2],
    /// Rows, columns.
    pub(super) kernel: [usize; 2],
    /// Rows above the first, columns before the first.
    pub(super) padding: [usize; 2],
    /// From one result to the next, in rows and in columns.
    pub(super) strides: [usize; 2],
    /// From one place of the kernel to the next, in rows and in columns.
    pub(super) dilations: [usize; 2],
}

impl Geometry {
    /// Rows and columns of a plane. With strides, a channel has several: one for each place within a stride.
    pub(super) fn plane(&self) -> [usize; 2] {
        [0, 1].map(|axis| {
            let reach = (self.kernel[axis] - 1) * self.dilations[axis] / self.strides[axis];
            self.output[axis] + reach
        })
    }

    /// Where the first result's input lies, for each channel and place of the kernel.
    pub(super) fn starts(&self) -> Vec<usize> {
        let [rows, columns] = self.plane();
        let [down, across] = self.strides;
        let mut starts = Vec::with_capacity(self.input[0] * self.kernel[0] * self.kernel[1]);
        for channel in 0..self.input[0] {
            for row in (0..self.kernel[0]).map(|row| row * self.dilations[0]) {
                for column in (0..self.kernel[1]).map(|column| column * self.dilations[1]) {
                    let plane = (channel * down + row % down) * across + column % across;
                    starts.push((plane * rows + row / down) * columns + column / across);
                }
            }
        }
        starts
    }

    /// The channels as planes, with zeros for the padding and behind the last one.
    pub(super) fn planes(&self, input: &[f32]) -> Vec<f32> {
        let [channels, height, width] = self.input;
        let [rows, columns] = self.plane();
        let [down, across] = self.strides;
        let mut planes = vec![0.0; channels * down * across * rows * columns + OVERHANG];
        let mut lines = planes.chunks_exact_mut(columns);
        for channel in input.chunks_exact(height * width) {
            for phase in 0..down * across {
                let (above, before) = (phase / across, phase % across);
                for (row, line) in lines.by_ref().take(rows).enumerate() {
                    let Some(y) = (row * down + above)
                        .checked_sub(self.padding[0])
                        .filter(|y| *y < height)
                    else {
                        continue;
                    };
                    let source = &channel[y * width..(y + 1) * width];
                    self.fill(line, source, before);
                }
            }
        }
        planes
    }

    /// One row of a plane: every `across`th number of a row, from `before` less the padding on.
    fn fill(&self, line: &mut [f32], source: &[f32], before: usize) {
        let (across, padding) = (self.strides[1], self.padding[1]);
        // The first number of the plane's row that lies in the picture.
        let first = padding.saturating_sub(before).div_ceil(across);
        let from = first * across + before - padding;
        if first >= line.len() || from >= source.len() {
            return;
        }
        if across == 1 {
            let length = (line.len() - first).min(source.len() - from);
            line[first..first + length].copy_from_slice(&source[from..from + length]);
        } else {
            let inside = source[from..].iter().step_by(across);
            for (place, value) in line[first..].iter_mut().zip(inside) {
                *place = *value;
            }
        }
    }
}
