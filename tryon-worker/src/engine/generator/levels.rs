//! How much noise is in a sample at which time, and how to go from more to less of it.
//!
//! A sample is `signal * clean + noise * random`. A denoiser says what is clean in it, in one of four ways; then the
//! sample is made anew with the same random part and less noise: DDIM without chance (J. Song et al. 2021, arXiv:2010.02502,
//! eq. 12), which for a rectified flow is a step of Euler's method.

use serde::Deserialize;

use super::super::error::LoadError;

/// Times that a diffusion was trained with at most.
const MOST_TIMES: usize = 100_000;

/// What a pack says of its levels of noise.
#[derive(Deserialize, Clone, Copy, Debug)]
#[serde(
    tag = "kind",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
pub(super) enum Levels {
    /// The variance that each of `times` adds grows from one of `beta` to the other evenly (J. Ho et al. 2020, arXiv:2006.11239).
    Linear { times: usize, beta: [f32; 2] },
    /// Its square root does (R. Rombach et al. 2022, arXiv:2112.10752).
    ScaledLinear { times: usize, beta: [f32; 2] },
    /// The signal's variance falls as a squared cosine (A. Nichol and P. Dhariwal 2021, arXiv:2102.09672).
    Cosine { times: usize },
    /// The noise's share grows evenly from nothing to all (X. Liu et al. 2022, arXiv:2209.03003), and the network is told it times
    /// `times`; with a `shift` above 1, steps are closer to the noise (P. Esser et al. 2024, arXiv:2403.03206).
    RectifiedFlow {
        times: usize,
        #[serde(default = "unshifted")]
        shift: f32,
    },
}

fn unshifted() -> f32 {
    1.0
}

/// What a denoiser says.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Predicted {
    /// The random part.
    Noise,
    /// The clean sample.
    Sample,
    /// `signal * random - noise * clean` (T. Salimans and J. Ho 2022, arXiv:2202.00512).
    Velocity,
    /// `random - clean`.
    Flow,
}

/// How a sample is mixed at one time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    signal: f32,
    noise: f32,
    /// What a network is told of it.
    time: f32,
}

/// No noise any more.
const CLEAN: Level = Level {
    signal: 1.0,
    noise: 0.0,
    time: 0.0,
};

impl Levels {
    /// Whether one can go by them with a denoiser that says so.
    pub(super) fn check(&self, predicted: Predicted) -> Result<(), LoadError> {
        let refuse = |why: &str| Err(LoadError::Manifest(format!("the diffusion's levels {why}")));
        let (times, are_sound) = match *self {
            Self::Linear { times, beta } | Self::ScaledLinear { times, beta } => {
                let [first, last] = beta;
                (times, 0.0 < first && first <= last && last < 1.0)
            }
            Self::Cosine { times } => (times, true),
            Self::RectifiedFlow { times, shift } => (times, (0.01..=100.0).contains(&shift)),
        };
        if !(1..=MOST_TIMES).contains(&times) {
            return refuse(&format!("have not 1 to {MOST_TIMES} times"));
        }
        if !are_sound {
            return refuse("need 0 < beta[0] <= beta[1] < 1, or a shift of 0.01 to 100");
        }
        // Where there is nothing but noise, what it is says nothing of the clean sample.
        if predicted == Predicted::Noise && self.visited(1)[0].signal < 1e-4 {
            return refuse("begin with noise alone, of which no noise can be told");
        }
        Ok(())
    }

    /// The levels of so many steps, from the noisiest to the clean one, which is one more. The times are as far apart as can be, the
    /// last among them (S. Lin et al. 2024, arXiv:2305.08891, "trailing").
    pub(super) fn visited(&self, steps: usize) -> Vec<Level> {
        let share = |step: usize| (steps - step) as f64 / steps as f64;
        let level: Box<dyn Fn(usize) -> Level> = match *self {
            Self::RectifiedFlow { times, shift } => Box::new(move |step| {
                let (even, shift) = (share(step), f64::from(shift));
                let noise = shift * even / (1.0 + (shift - 1.0) * even);
                Level {
                    signal: (1.0 - noise) as f32,
                    noise: noise as f32,
                    time: (noise * times as f64) as f32,
                }
            }),
            Self::Linear { times, .. }
            | Self::ScaledLinear { times, .. }
            | Self::Cosine { times } => {
                let variances = self.variances(times);
                Box::new(move |step| {
                    let at = ((share(step) * times as f64).round() as usize).clamp(1, times) - 1;
                    Level {
                        signal: variances[at].sqrt() as f32,
                        noise: (1.0 - variances[at]).sqrt() as f32,
                        time: at as f32,
                    }
                })
            }
        };
        (0..steps).map(level).chain([CLEAN]).collect()
    }

    /// The signal's variance at every time of a diffusion.
    fn variances(&self, times: usize) -> Vec<f64> {
        let grown = |time: usize, [first, last]: [f64; 2]| {
            first + (last - first) * time as f64 / (times - 1).max(1) as f64
        };
        let cosine = |time: usize| {
            let at = (time as f64 / times as f64 + 0.008) / 1.008;
            (at * std::f64::consts::FRAC_PI_2).cos().powi(2)
        };
        let kept = |time: usize| match *self {
            Self::Linear { beta, .. } => 1.0 - grown(time, beta.map(f64::from)),
            Self::ScaledLinear { beta, .. } => {
                1.0 - grown(time, beta.map(|b| f64::from(b).sqrt())).powi(2)
            }
            Self::Cosine { .. } => (cosine(time + 1) / cosine(time)).max(0.001),
            Self::RectifiedFlow { .. } => 1.0,
        };
        let multiplied = (0..times).scan(1.0, |product, time| {
            *product *= kept(time);
            Some(*product)
        });
        multiplied.collect()
    }
}

impl Predicted {
    /// What is clean in a number of a sample, by what a denoiser says of it.
    fn clean(self, level: Level, sample: f32, said: f32) -> f32 {
        let Level { signal, noise, .. } = level;
        match self {
            Self::Noise => (sample - noise * said) / signal,
            Self::Sample => said,
            Self::Velocity => (signal * sample - noise * said) / (signal * signal + noise * noise),
            Self::Flow => (sample - noise * said) / (signal + noise),
        }
    }
}

/// Takes the noise out of a sample, level by level: `predict(sample, time, share of the way)` says what it is asked of each.
pub(super) fn denoise<E>(
    levels: &[Level],
    predicted: Predicted,
    mut sample: Vec<f32>,
    mut predict: impl FnMut(&[f32], f32, f32) -> Result<Vec<f32>, E>,
) -> Result<Vec<f32>, E> {
    let steps = levels.len().saturating_sub(1);
    for (step, pair) in levels.windows(2).enumerate() {
        let [now, next] = [pair[0], pair[1]];
        let said = predict(&sample, now.time, step as f32 / steps as f32)?;
        for (sample, said) in sample.iter_mut().zip(said) {
            let clean = predicted.clean(now, *sample, said);
            let random = (*sample - now.signal * clean) / now.noise;
            *sample = next.signal * clean + next.noise * random;
        }
    }
    Ok(sample)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const MEAN: f32 = 0.4;
    const SPREAD: f32 = 0.3;

    const ALL: [Levels; 5] = [
        Levels::Linear {
            times: 1000,
            beta: [1e-4, 0.02],
        },
        Levels::ScaledLinear {
            times: 1000,
            beta: [0.000_85, 0.012],
        },
        Levels::Cosine { times: 1000 },
        Levels::RectifiedFlow {
            times: 1000,
            shift: 1.0,
        },
        Levels::RectifiedFlow {
            times: 1000,
            shift: 3.0,
        },
    ];

    /// What the best denoiser would say, of samples whose numbers are normally distributed.
    fn best(levels: &[Level], predicted: Predicted, sample: f32, time: f32) -> f32 {
        let level = levels
            .iter()
            .find(|level| level.time.to_bits() == time.to_bits());
        let Level { signal, noise, .. } = *level.unwrap();
        let variance = SPREAD * SPREAD;
        let gain = variance * signal / (variance * signal * signal + noise * noise);
        let clean = MEAN + gain * (sample - signal * MEAN);
        let random = (sample - signal * clean) / noise;
        match predicted {
            Predicted::Noise => random,
            Predicted::Sample => clean,
            Predicted::Velocity => signal * random - noise * clean,
            Predicted::Flow => random - clean,
        }
    }

    fn denoised(levels: Levels, predicted: Predicted, steps: usize, noise: Vec<f32>) -> Vec<f32> {
        let levels = levels.visited(steps);
        let best = |sample: &[f32], time: f32, _: f32| -> Result<Vec<f32>, Infallible> {
            let said = sample.iter().map(|v| best(&levels, predicted, *v, time));
            Ok(said.collect())
        };
        let Ok(clean) = denoise(&levels, predicted, noise, best);
        clean
    }

    #[test]
    fn noise_becomes_what_the_denoiser_knows_in_all_ways_of_saying_it() {
        // Normally distributed numbers stay so, with the mean and the spread that the denoiser knows.
        let noise = [-2.0_f32, -1.0, 0.0, 1.0, 2.0];
        for levels in ALL {
            for predicted in [
                Predicted::Noise,
                Predicted::Sample,
                Predicted::Velocity,
                Predicted::Flow,
            ] {
                if levels.check(predicted).is_err() {
                    continue;
                }
                let clean = denoised(levels, predicted, 100, noise.to_vec());
                for (random, clean) in noise.iter().zip(clean) {
                    let wanted = MEAN + SPREAD * random;
                    let apart = (clean - wanted).abs();
                    assert!(
                        apart < 0.06,
                        "{levels:?} {predicted:?}: {clean} for {wanted}"
                    );
                }
            }
        }
    }

    #[test]
    fn steps_go_from_noise_to_nothing() {
        for levels in ALL {
            for steps in [1, 4, 50, 1000] {
                let visited = levels.visited(steps);
                assert_eq!(visited.len(), steps + 1);
                assert!(visited[0].noise > 0.99, "{levels:?}");
                assert!(visited[0].time >= 999.0, "{levels:?}");
                let falls = visited.windows(2).all(|pair| pair[0].noise > pair[1].noise);
                assert!(falls, "{levels:?} of {steps} steps");
                assert!(visited[..steps].iter().all(|level| level.noise > 0.0));
                assert!(visited[steps].noise.abs() < f32::EPSILON);
            }
        }
    }

    #[test]
    fn the_variances_are_the_ones_in_print() {
        // Stable Diffusion's last level: a signal of 0.0047 in variance.
        let last = ALL[1].visited(1)[0];
        assert!((last.signal.powi(2) - 0.004_66).abs() < 1e-4, "{last:?}");
        // DDPM's: 4e-5.
        let last = ALL[0].visited(1)[0];
        assert!((last.signal.powi(2) - 4.04e-5).abs() < 1e-6, "{last:?}");
    }

    #[test]
    fn what_cannot_be_gone_by_is_refused() {
        let refused = |levels: Levels| levels.check(Predicted::Sample).is_err();
        for times in [0, MOST_TIMES + 1] {
            assert!(refused(Levels::Cosine { times }));
        }
        for beta in [[0.0, 0.1], [0.2, 0.1], [0.1, 1.0], [f32::NAN, 0.5]] {
            assert!(refused(Levels::Linear { times: 10, beta }));
        }
        for shift in [0.0, f32::INFINITY] {
            assert!(refused(Levels::RectifiedFlow { times: 10, shift }));
        }
        let flow = Levels::RectifiedFlow {
            times: 1000,
            shift: 1.0,
        };
        assert!(flow.check(Predicted::Noise).is_err());
        assert!(flow.check(Predicted::Flow).is_ok());
    }
}
