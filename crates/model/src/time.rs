//! Time as stored: milliseconds since 1970-01-01 UTC. Reading a clock is for the caller.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This time and `seconds` more.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// As EC2 writes times into state-transition reasons: `2026-11-22 19:00:00 GMT`.
    pub fn reason_text(self) -> String {
        let seconds = self.0.div_euclid(1000);
        let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil(day);
        format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} GMT", second / 3600, second / 60 % 60, second % 60)
    }
}

/// The Gregorian date of a day counted from 1970-01-01. The year is taken to begin in March, so that the leap day is
/// its last; 146,097 days are four centuries.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_carry_the_time_as_ec2_writes_it() {
        assert_eq!(Timestamp(0).reason_text(), "1970-01-01 00:00:00 GMT");
        assert_eq!(Timestamp(951_827_696_789).reason_text(), "2000-02-29 12:34:56 GMT");
        assert_eq!(Timestamp(1_795_374_000_000).reason_text(), "2026-11-22 19:00:00 GMT");
        assert_eq!(Timestamp(-1).reason_text(), "1969-12-31 23:59:59 GMT");
    }
}
