//! When to look again at something that AWS is still at.

use std::time::Duration;

use super::Timing;

/// The pauses between the looks of one wait: short at first, longer later, and longer where looks have to wait for their
/// turn, because then there are more who look than AWS lets through. Knows no clock, so that what the runner does can be
/// simulated.
#[derive(Clone, Debug)]
pub struct Looks {
    pause: Duration,
    longest: Duration,
}

impl Looks {
    /// For a new wait.
    pub fn new(timing: &Timing) -> Self {
        let (pause, longest) = timing.poll;
        Self { pause, longest }
    }

    /// The pause after a look that took so long, its wait for its turn included.
    pub fn pause(&mut self, taken: Duration) -> Duration {
        let pause = self.pause;
        self.pause = (pause * 3 / 2).min(self.longest);
        // Looks and pauses of all who wait share what AWS lets through: a queue that is half as long serves them as fast.
        pause.max(taken * 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_close_at_first_and_spread_when_they_queue() {
        let mut looks = Looks::new(&Timing::default());
        let mut pause = |taken| looks.pause(Duration::from_millis(taken)).as_millis();
        assert_eq!([pause(40), pause(40), pause(40)], [500, 750, 1_125]);
        assert_eq!(pause(4_000), 8_000);
        assert_eq!([pause(40), pause(40), pause(40), pause(40), pause(40)].last(), Some(&5_000));
        assert_eq!(pause(2_000), 5_000);
        assert_eq!(pause(6_000), 12_000);
    }
}
