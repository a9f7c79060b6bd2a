//! Finds fewer steps that fail too. A step brings its own chance and clock, so that it does the same without the others.

use std::time::{Duration, Instant};

use crate::network::KernelKind;
use crate::server::Server;
use crate::step::{Step, What};
use crate::walk::{everything_holds, take};

/// How long is looked for fewer steps.
const TIME: Duration = Duration::from_secs(20);

/// The fewest steps found that end in a failure, and the failure.
pub fn shrink(steps: Vec<Step>, failure: String) -> (Vec<Step>, String) {
    let until = Instant::now() + TIME;
    let (mut fewest, mut failure) = (steps, failure);
    // A refused step changes nothing; leaving all of them out at once is the best first guess.
    let mut chunk = fewest.len().div_ceil(2).max(1);
    while Instant::now() < until {
        let mut from = 0;
        let mut found = false;
        while from < fewest.len() && Instant::now() < until {
            let to = (from + chunk).min(fewest.len());
            let fewer: Vec<Step> = fewest[..from].iter().chain(&fewest[to..]).cloned().collect();
            match first_failure(&fewer) {
                Some((length, what)) => {
                    fewest = fewer;
                    fewest.truncate(length);
                    failure = what;
                    found = true;
                }
                None => from = to,
            }
        }
        if chunk == 1 && !found {
            break;
        }
        chunk = if found { chunk } else { chunk.div_ceil(2) }.max(1);
    }
    (fewest, failure)
}

/// How many steps lead to the first failure, and what it is.
pub fn first_failure(steps: &[Step]) -> Option<(usize, String)> {
    let server = Server::start(false, KernelKind::Memory);
    for (index, step) in steps.iter().enumerate() {
        let before = server.state();
        if let Err(failure) = take(&server, &before, step).and_then(|_| everything_holds(&server)) {
            let shown = match &step.what {
                What::Request(form) => form.action.as_str(),
                What::Advance => "the end of transitions",
            };
            return Some((index + 1, format!("{shown}: {failure}")));
        }
    }
    None
}
