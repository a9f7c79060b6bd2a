//! Points in time as EC2 prints and reads them.

use std::fmt;
use std::str::FromStr;

const DAY_MILLISECONDS: i64 = 86_400_000;

/// Milliseconds since 1970-01-01T00:00:00Z. Printed as EC2 does: `2026-11-22T19:00:00.000Z`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A text that is no ISO 8601 timestamp of the years 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotATimestamp;

impl Timestamp {
    /// This time without its milliseconds, as EC2 gives most times.
    #[must_use]
    pub fn whole_seconds(self) -> Self {
        Timestamp(self.0.div_euclid(1000) * 1000)
    }

    /// From a calendar date and a time of day in UTC, where such a moment exists.
    pub(crate) fn from_utc(date: (i64, i64, i64), time: (i64, i64, i64), milliseconds: i64) -> Option<Self> {
        let ((year, month, day), (hour, minute, second)) = (date, time);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days_of_month = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        // 60 is a leap second, which Unix time folds into the next minute.
        let exists = (0..=9999).contains(&year)
            && (1..=days_of_month).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..=60).contains(&second);
        exists.then(|| {
            let seconds = (hour * 60 + minute) * 60 + second;
            Timestamp(days_from_civil(year, month, day) * DAY_MILLISECONDS + seconds * 1000 + milliseconds)
        })
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date
/// algorithms").
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The reverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY_MILLISECONDS));
        let rest = self.0.rem_euclid(DAY_MILLISECONDS);
        let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
        let milliseconds = rest % 1000;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
    }
}

impl FromStr for Timestamp {
    type Err = NotATimestamp;

    /// Reads `2026-11-22T19:00:00Z`, with or without a fraction, seconds' zone `Z`, `+hh:mm` or `-hh:mm`, and a bare
    /// date (midnight UTC), which is what SDKs and people send.
    fn from_str(text: &str) -> Result<Self, NotATimestamp> {
        parse(text.as_bytes()).ok_or(NotATimestamp)
    }
}

fn parse(text: &[u8]) -> Option<Timestamp> {
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        text.get(range)?.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
    };
    let is = |at: usize, byte: u8| text.get(at) == Some(&byte);
    let date = (is(4, b'-') && is(7, b'-')).then_some((number(0..4)?, number(5..7)?, number(8..10)?))?;
    if text.len() == 10 {
        return Timestamp::from_utc(date, (0, 0, 0), 0);
    }
    let time =
        ((is(10, b'T') || is(10, b' ')) && is(13, b':') && is(16, b':')).then_some((number(11..13)?, number(14..16)?, number(17..19)?))?;

    let mut at = 19;
    let mut milliseconds = 0;
    if is(at, b'.') {
        let digits = text.get(at + 1..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let kept = digits.min(3);
        milliseconds = match digits {
            0 => return None,
            _ => number(at + 1..at + 1 + kept)? * [1000, 100, 10, 1].get(kept)?,
        };
        at += 1 + digits;
    }
    let zone_minutes = match text.get(at..)? {
        [] | [b'Z'] => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let minutes = number(at + 1..at + 3)? * 60 + number(at + 4..at + 6)?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let local = Timestamp::from_utc(date, time, milliseconds)?;
    Some(Timestamp(local.0 - zone_minutes * 60_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prints_as_ec2_does() {
        assert_eq!(Timestamp(1_795_374_000_000).to_string(), "2026-11-22T19:00:00.000Z");
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Timestamp(1_795_374_000_999).whole_seconds().to_string(), "2026-11-22T19:00:00.000Z");
        assert_eq!(Timestamp(-1).whole_seconds().to_string(), "1969-12-31T23:59:59.000Z");
        assert_eq!(Timestamp(951_782_400_123).to_string(), "2000-02-29T00:00:00.123Z");
    }

    #[test]
    fn reads_what_sdks_and_people_send() {
        for text in [
            "2026-11-22T19:00:00Z",
            "2026-11-22T19:00:00.000Z",
            "2026-11-22T19:00:00.000000Z",
            "2026-11-22T20:30:00+01:30",
            "2026-11-22T12:00:00.0-07:00",
            "2026-11-22T19:00:00",
        ] {
            assert_eq!(text.parse(), Ok(Timestamp(1_795_374_000_000)), "{text}");
        }
        assert_eq!("1970-01-02".parse(), Ok(Timestamp(DAY_MILLISECONDS)));
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for text in [
            "",
            "now",
            "2026-13-01",
            "2026-02-29",
            "2026-11-22T24:00:00Z",
            "2026-11-22T19:00:00.Z",
            "2026-11-22T19:00:00+1",
            "１２３４-01-01",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(NotATimestamp), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(milliseconds in -62_167_219_200_000i64..253_402_300_800_000) {
            prop_assert_eq!(Timestamp(milliseconds).to_string().parse(), Ok(Timestamp(milliseconds)));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
