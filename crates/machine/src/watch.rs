//! Notices that an instance ended by itself: one thread that waits on the pidfds of all.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::unistd::pipe2;

use super::Shared;
use super::process::Process;

/// The token of the pipe whose closing ends the thread.
const CLOSED: u64 = 0;

/// Ends its thread when it is dropped.
pub(super) struct Watcher {
    watched: Arc<Watched>,
    _open: OwnedFd,
}

struct Watched {
    epoll: Epoll,
    processes: Mutex<Processes>,
}

#[derive(Default)]
struct Processes {
    last_token: u64,
    by_token: HashMap<u64, (String, Arc<Process>)>,
}

impl Watcher {
    pub(super) fn start(shared: Arc<Shared>) -> io::Result<Watcher> {
        let (closing, open) = pipe2(OFlag::O_CLOEXEC)?;
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(&closing, EpollEvent::new(EpollFlags::EPOLLIN, CLOSED))?;
        let watched = Arc::new(Watched { epoll, processes: Mutex::default() });
        let theirs = Arc::clone(&watched);
        thread::Builder::new().name("machine-watch".to_owned()).spawn(move || {
            theirs.run(&shared);
            drop(closing);
        })?;
        Ok(Watcher { watched, _open: open })
    }

    /// Watches a process until it ends, which is told to `Shared::ended` once.
    pub(super) fn add(&self, id: &str, process: Arc<Process>) -> io::Result<()> {
        let token = {
            let mut processes = self.watched.processes();
            processes.last_token += 1;
            let token = processes.last_token;
            processes.by_token.insert(token, (id.to_owned(), Arc::clone(&process)));
            token
        };
        let added = self.watched.epoll.add(&*process, EpollEvent::new(EpollFlags::EPOLLIN, token));
        if added.is_err() {
            self.watched.processes().by_token.remove(&token);
        }
        Ok(added?)
    }
}

impl Watched {
    fn processes(&self) -> std::sync::MutexGuard<'_, Processes> {
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, shared: &Shared) {
        let mut events = [EpollEvent::empty(); 64];
        loop {
            let ready = match self.epoll.wait(&mut events, EpollTimeout::NONE) {
                Ok(ready) => ready,
                Err(Errno::EINTR) => continue,
                // Only a descriptor that is no epoll gives another error.
                Err(_) => return,
            };
            for event in &events[..ready] {
                if event.data() == CLOSED {
                    return;
                }
                let Some((id, process)) = self.processes().by_token.remove(&event.data()) else {
                    continue;
                };
                let _ = self.epoll.delete(&*process);
                shared.ended(&id, &process);
            }
        }
    }
}
