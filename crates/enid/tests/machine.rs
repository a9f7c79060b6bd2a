//! Instances with real processes in real namespaces. Needs root, and fails without.

#![allow(clippy::unwrap_used, reason = "what a test cannot do ends the test, in its helpers too")]

use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use machine::{Ended, Error, Limits, MachineSpec, Machines, Running, Stop};

const ENID: &str = env!("CARGO_BIN_EXE_enid");
const A: &str = "i-0123456789abcdef0";
const B: &str = "i-0fedcba9876543210";

/// A data folder with network namespaces as the fabric makes them, which goes with all its instances when dropped.
struct Host {
    data: PathBuf,
    machines: Machines,
    ended: Receiver<(String, Ended)>,
    _dir: tempfile::TempDir,
}

impl Host {
    fn new() -> Host {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        fs::create_dir_all(data.join("netns")).unwrap();
        fs::write(data.join("secret"), "key").unwrap();
        for id in [A, B] {
            let netns = data.join("netns").join(id);
            fs::write(&netns, "").unwrap();
            run("unshare", &[&format!("--net={}", netns.display()), "ip", "link", "set", "lo", "up"]);
        }
        let (machines, ended) = machines(&data);
        Host { data, machines, ended, _dir: dir }
    }

    fn spec(&self, id: &str, last: u8) -> MachineSpec {
        MachineSpec {
            id: id.to_owned(),
            hostname: format!("ip-10-0-0-{last}.ec2.internal"),
            address: Some([10, 0, 0, last].into()),
            netns: self.data.join("netns").join(id),
            nameservers: vec![],
            search: Some("ec2.internal".to_owned()),
            limits: Limits::default(),
            user_data: None,
        }
    }

    fn start(&self, id: &str, last: u8) -> Running {
        self.machines.start(&self.spec(id, last)).unwrap()
    }

    fn start_with_user_data(&self, user_data: &str) -> Running {
        let spec = MachineSpec { user_data: Some(user_data.as_bytes().to_vec()), ..self.spec(A, 5) };
        self.machines.start(&spec).unwrap()
    }

    fn enid(&self, args: &[&str]) -> Command {
        let mut command = Command::new(ENID);
        command.env("ENID_DATA", &self.data).args(args).stdin(Stdio::null());
        command
    }

    fn exec(&self, id: &str, args: &[&str]) -> Output {
        self.enid(&[&["exec", id, "--"], args].concat()).output().unwrap()
    }

    /// What a command prints in an instance, in which it must succeed.
    fn inside(&self, id: &str, script: &str) -> String {
        let output = self.exec(id, &["sh", "-c", script]);
        assert!(output.status.success(), "{script}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// The next news of an instance that ended by itself.
    fn end(&self) -> (String, Ended) {
        self.ended.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    fn console(&self, id: &str) -> String {
        String::from_utf8_lossy(&self.machines.console(id).unwrap()).into_owned()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let report = machine::down(&self.data);
        for id in [A, B] {
            let _ = Command::new("umount").arg("-l").arg(self.data.join("netns").join(id)).status();
        }
        if !thread::panicking() {
            assert!(report.problems.is_empty(), "{report:?}");
            assert_eq!(cgroups_of(&self.data), Vec::<PathBuf>::new());
        }
    }
}

/// So long that no loaded machine takes a stop that waits for it for one that does not.
const GRACE: Duration = Duration::from_secs(60);

fn machines(data: &Path) -> (Machines, Receiver<(String, Ended)>) {
    let (tell, ended) = channel();
    let machines = Machines::with_program(data, Path::new(ENID), move |id, how| drop(tell.send((id.to_owned(), how))));
    (machines.unwrap().grace(GRACE), ended)
}

fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The cgroups that belong to a data folder, found independently of the code under test.
fn cgroups_of(data: &Path) -> Vec<PathBuf> {
    use std::os::unix::fs::MetadataExt;
    let meta = fs::metadata(data).unwrap();
    let name = format!("enid-{:x}-{:x}", meta.dev(), meta.ino());
    ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/memory"]
        .iter()
        .map(|root| Path::new(root).join(&name))
        .filter(|path| path.exists())
        .collect()
}

/// A number of seconds to sleep that no other process sleeps, so that its processes can be found among the host's.
fn own_seconds() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{}.{:03}", 1_000_000 + std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Pids of the host's live processes that have this argument.
fn pids_with(argument: &str) -> Vec<i32> {
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let line = fs::read(entry.path().join("cmdline")).ok()?;
            line.split(|b| *b == 0).any(|arg| arg == argument.as_bytes()).then_some(pid)
        })
        .collect()
}

fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn two_instances_run_the_same_server_with_the_same_pid_file() {
    let host = Host::new();
    host.start(A, 5);
    host.start(B, 6);
    for id in [A, B] {
        let conf = host._dir.path().join(format!("{id}.conf"));
        let text = format!(
            "pid /run/nginx.pid; error_log stderr; events {{}}\nhttp {{ access_log off; client_body_temp_path /run/body; \
             proxy_temp_path /run/proxy; fastcgi_temp_path /run/fastcgi; uwsgi_temp_path /run/uwsgi; scgi_temp_path /run/scgi; \
             server {{ listen 127.0.0.1:80; location / {{ return 200 {id}; }} }} }}"
        );
        fs::write(&conf, text).unwrap();
        host.inside(id, &format!("nginx -c {} >/dev/null 2>&1", conf.display()));
    }
    for id in [A, B] {
        assert_eq!(host.inside(id, "curl -s http://127.0.0.1/"), id);
        let master = host.inside(id, "cat /run/nginx.pid");
        assert_eq!(host.inside(id, &format!("ps -o comm= -p {master}")), "nginx");
    }
    assert!(!Path::new("/run/nginx.pid").exists(), "the host's /run is not touched");
}

#[test]
fn an_instance_sees_its_own_name_processes_and_interfaces() {
    let host = Host::new();
    host.start(A, 5);
    host.start(B, 6);
    host.inside(A, "ip link add eth7 type veth peer name eth8");

    assert_eq!(host.inside(A, "hostname"), "ip-10-0-0-5");
    assert_eq!(host.inside(B, "hostname"), "ip-10-0-0-6");
    assert_eq!(host.inside(A, "hostname -f"), "ip-10-0-0-5.ec2.internal");
    assert_eq!(host.inside(A, "getent hosts ip-10-0-0-5 | cut -d' ' -f1"), "10.0.0.5");
    assert_eq!(host.inside(A, "cat /etc/resolv.conf").lines().next(), Some("search ec2.internal"));

    let mut commands: Vec<String> = host.inside(A, "ps -e -o comm=").lines().map(str::to_owned).collect();
    commands.sort();
    assert_eq!(commands, ["enid-init", "ps", "sh"]);

    assert_eq!(host.inside(A, "ls /sys/class/net"), "eth7\neth8\nlo");
    assert_eq!(host.inside(B, "ls /sys/class/net"), "lo");
    assert!(host.inside(A, "ip -o link").contains("eth7"));
    assert!(!host.inside(B, "ip -o link").contains("eth7"));
    assert_eq!(host.inside(A, "cat /proc/self/cgroup | grep ^0:"), "0::/");
}

#[test]
fn an_instance_changes_its_network_settings_and_not_those_of_the_host() {
    let host = Host::new();
    host.start(A, 5);
    let host_wide = fs::read_to_string("/proc/sys/vm/swappiness").unwrap();
    assert_eq!(host.inside(A, "echo 1 > /proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward"), "1");
    assert!(!host.exec(A, &["sh", "-c", "echo 7 > /proc/sys/vm/swappiness"]).status.success());
    assert!(!host.exec(A, &["sh", "-c", "mkdir /sys/fs/bpf/x || echo 1 > /sys/kernel/profiling"]).status.success());
    assert_eq!(fs::read_to_string("/proc/sys/vm/swappiness").unwrap(), host_wide);
}

#[test]
fn run_is_fresh_and_has_what_packages_expect_of_a_boot() {
    let host = Host::new();
    host.start(A, 5);
    assert_eq!(host.inside(A, "stat -c '%a %U' /run /run/lock"), "755 root\n1777 root");
    assert_eq!(host.inside(A, "ls -d /run/systemd 2>/dev/null || echo none"), "none");
    assert_eq!(host.inside(A, "realpath /var/run"), "/run");
}

#[test]
fn the_data_folder_with_its_keys_is_out_of_sight() {
    let host = Host::new();
    host.start(A, 5);
    assert!(host.data.join("secret").exists());
    assert_eq!(host.inside(A, &format!("ls -A {}", host.data.display())), "");
    assert!(!host.exec(A, &["touch", &host.data.join("x").display().to_string()]).status.success());
    let shared = host._dir.path().join("shared");
    host.inside(A, &format!("echo from inside > {}", shared.display()));
    assert_eq!(fs::read_to_string(shared).unwrap(), "from inside\n", "/tmp is the host's");
}

#[test]
fn exec_hands_back_exit_codes_input_and_output() {
    let host = Host::new();
    host.start(A, 5);
    let code = |args: &[&str]| host.exec(A, args).status.code();
    assert_eq!(code(&["true"]), Some(0));
    assert_eq!(code(&["sh", "-c", "exit 7"]), Some(7));
    assert_eq!(code(&["sh", "-c", "kill -9 $$"]), Some(137));
    assert_eq!(code(&["no-such-command"]), Some(127));
    assert_eq!(code(&["/etc/passwd"]), Some(126));

    let mut cat = host.enid(&["exec", A, "cat"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut cat.stdin.take().unwrap(), b"through").unwrap();
    assert_eq!(cat.wait_with_output().unwrap().stdout, b"through");

    let output = host.enid(&["exec", A, "env"]).env("AWS_SECRET_ACCESS_KEY", "hidden").env("TERM", "xterm").output().unwrap();
    let env = String::from_utf8(output.stdout).unwrap();
    assert!(!env.contains("AWS_SECRET"), "{env}");
    assert!(env.contains("HOME=/root") && env.contains("TERM=xterm") && env.contains("PATH="), "{env}");

    let output = host.enid(&["exec", A, "pwd"]).current_dir("/usr/share").output().unwrap();
    assert_eq!(output.stdout, b"/usr/share\n");
}

/// A terminal with a command line in it, typed at, and what it showed. The line starts with `exec` where the exit code counts:
/// a shell that stays in between dies of the ctrl-C and hides it.
struct Terminal {
    session: Child,
    typescript: PathBuf,
}

impl Terminal {
    fn run(host: &Host, line: &str) -> Terminal {
        let typescript = host._dir.path().join("typescript");
        // script(1) makes the terminal and passes its input on as the keyboard's.
        let session = Command::new("script")
            .args(["-q", "-f", "-c", line])
            .arg(&typescript)
            .env("ENID_DATA", &host.data)
            // The shell that reads the line is the same whoever runs the tests.
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Terminal { session, typescript }
    }

    fn types(&mut self, keys: &str) {
        std::io::Write::write_all(self.session.stdin.as_mut().unwrap(), keys.as_bytes()).unwrap();
    }

    fn shown(&mut self) -> String {
        self.session.wait().unwrap();
        fs::read_to_string(&self.typescript).unwrap()
    }
}

#[test]
fn a_terminal_outside_is_one_inside_and_ctrl_c_interrupts_the_command_once() {
    let host = Host::new();
    host.start(A, 5);
    let seconds = own_seconds();
    let script = format!("tty; n=0; trap \"n=\\$((n+1))\" INT; sleep {seconds} & wait; sleep 0.3; echo times-$n; exit 42");
    let mut terminal = Terminal::run(&host, &format!("exec {ENID} exec {A} -- sh -c '{script}'"));
    soon("the command runs", || pids_inside(&seconds) == 1);
    terminal.types("\x03");
    let shown = terminal.shown();
    assert!(shown.contains("/dev/pts/") && shown.contains("times-1"), "{shown}");
    assert!(shown.contains("COMMAND_EXIT_CODE=\"42\""), "{shown}");
}

#[test]
fn ctrl_z_suspends_the_command_and_does_not_keep_the_instance_from_stopping() {
    let host = Host::new();
    host.start(A, 5);
    let seconds = own_seconds();
    let mut terminal = Terminal::run(&host, "exec bash --norc -i");
    terminal.types(&format!("{ENID} exec {A} sleep {seconds}\n"));
    soon("the command runs", || pids_inside(&seconds) == 1);
    let suspended = |pid: &i32| fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains("(sleep) T"));
    soon("the command is suspended", || {
        terminal.types("\x1a");
        pids_with(&seconds).iter().any(suspended)
    });
    let began = Instant::now();
    host.machines.stop(A, Stop::Clean).unwrap();
    assert!(began.elapsed() < GRACE / 2, "{:?}", began.elapsed());
    terminal.types("fg; echo code-$?; exit\n");
    let shown = terminal.shown();
    // SIGTERM, or SIGHUP for it has a terminal.
    assert!(shown.contains("Stopped") && (shown.contains("code-143") || shown.contains("code-129")), "{shown}");
}

#[test]
fn a_signal_to_exec_reaches_the_command() {
    let host = Host::new();
    host.start(A, 5);
    let seconds = own_seconds();
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let mut exec = host.enid(&["exec", A, "sleep", &seconds]).spawn().unwrap();
        soon("the command runs", || pids_inside(&seconds) == 1);
        run("kill", &[&format!("-{signal}"), &exec.id().to_string()]);
        assert_eq!(exec.wait().unwrap().code(), Some(code));
        assert_eq!(pids_inside(&seconds), 0);
    }
    let mut exec = host.enid(&["exec", A, "sleep", &seconds]).spawn().unwrap();
    soon("the command runs", || pids_inside(&seconds) == 1);
    exec.kill().unwrap();
    assert_eq!(exec.wait().unwrap().signal(), Some(9));
    soon("a killed exec hangs up on its command", || pids_with(&seconds).is_empty());
}

/// Processes of an argument other than `enid exec` and its porter, which have it too.
fn pids_inside(argument: &str) -> usize {
    let is_sleep = |pid: &i32| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm == "sleep\n");
    pids_with(argument).iter().filter(|pid| is_sleep(pid)).count()
}

#[test]
fn an_open_shell_does_not_delay_a_stop() {
    let host = Host::new();
    host.start(A, 5);
    let seconds = own_seconds();
    let mut terminal = Terminal::run(&host, &format!("exec {ENID} shell {A}"));
    terminal.types(&format!("sleep {seconds}\n"));
    soon("the shell runs a command", || pids_inside(&seconds) == 1);
    let began = Instant::now();
    host.machines.stop(A, Stop::Clean).unwrap();
    assert!(began.elapsed() < GRACE / 2, "{:?}", began.elapsed());
    let shown = terminal.shown();
    assert!(!shown.contains("job control"), "{shown}");
}

#[test]
fn instances_run_without_cgroup2() {
    let host = Host::new();
    fs::write(host.data.join("spec.json"), serde_json::to_vec(&host.spec(A, 5)).unwrap()).unwrap();
    let helper = std::env::current_exe().unwrap();
    let mut server = Command::new("unshare")
        .args(["-m", "sh", "-c", "umount -l /sys/fs/cgroup && exec \"$0\" --exact --ignored helper_that_starts_an_instance_and_waits"])
        .arg(helper)
        .env("ENID_DATA", &host.data)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    soon("the instance runs", || host.data.join("started").exists());
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(cgroups_of(&host.data).iter().map(|path| path.join(A)).filter(|path| path.exists()).count(), 0);
    assert_eq!(host.inside(A, "hostname; ls /sys/fs/cgroup"), "ip-10-0-0-5");
    host.machines.take_over();
    host.machines.stop(A, Stop::Clean).unwrap();
    assert_eq!(machine::running(&host.data), []);
}

#[test]
fn exec_says_what_is_wrong_and_what_to_do() {
    let host = Host::new();
    let fails = |args: &[&str], needle: &str| {
        let output = host.enid(args).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(125), "{text}");
        assert!(text.contains(needle), "{text}");
    };
    fails(&["exec", A, "--", "true"], "there is no instance");
    fails(&["exec", "../../etc", "--", "true"], "there is no instance");
    host.start(A, 5);
    fails(&["shell", B], A);
    host.machines.stop(A, Stop::Clean).unwrap();
    fails(&["exec", A, "--", "true"], "aws ec2 start-instances --instance-ids i-0123456789abcdef0");
}

#[test]
fn a_login_shell_starts_in_roots_home() {
    let host = Host::new();
    host.start(A, 5);
    let mut shell = host.enid(&["shell", A]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut shell.stdin.take().unwrap(), b"hostname; pwd; shopt -q login_shell && echo login; exit 3\n").unwrap();
    let output = shell.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "ip-10-0-0-5\n/root\nlogin\n");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn stop_ends_every_process_also_daemons_and_suspended_ones() {
    let host = Host::new();
    host.start(A, 5);
    let seconds = own_seconds();
    host.inside(A, &format!("setsid sleep {seconds} >/dev/null 2>&1 & (sleep {seconds} >/dev/null 2>&1 &) ; sleep 0.05"));
    host.inside(A, &format!("sleep {seconds} >/dev/null 2>&1 & sleep 0.05; kill -STOP $!"));
    let mut exec = host.enid(&["exec", A, "sleep", &seconds]).spawn().unwrap();
    soon("all run", || pids_inside(&seconds) == 4);
    let began = Instant::now();
    host.machines.stop(A, Stop::Clean).unwrap();
    assert!(began.elapsed() < GRACE / 2, "nobody resisted, yet it took {:?}", began.elapsed());
    assert_eq!(pids_inside(&seconds), 0);
    assert_eq!(exec.wait().unwrap().code(), Some(143));
    assert!(!host.machines.is_running(A));
    assert!(matches!(host.machines.stop(A, Stop::Clean), Err(Error::NotRunning(_))));
    assert!(host.ended.try_recv().is_err(), "a stop is no surprise");
}

#[test]
fn a_process_that_ignores_sigterm_is_killed_after_the_grace() {
    let host = Host::new();
    let (mut machines, _ended) = machines(&host.data);
    let seconds = own_seconds();
    let script = format!("setsid sh -c 'trap \"\" TERM; sleep {seconds}' >/dev/null 2>&1 & sleep 0.05");
    let short = Duration::from_millis(300);
    for (how, grace) in [(Stop::Clean, short), (Stop::Force, GRACE)] {
        machines = machines.grace(grace);
        machines.start(&host.spec(A, 5)).unwrap();
        host.inside(A, &script);
        assert_eq!(pids_inside(&seconds), 1);
        let began = Instant::now();
        machines.stop(A, how).unwrap();
        let took = began.elapsed();
        assert_eq!(pids_inside(&seconds), 0);
        assert!(took >= short || how == Stop::Force, "{took:?}");
        assert!(took < GRACE / 2, "{how:?} {took:?}");
    }
}

#[test]
fn a_suspended_exec_does_not_keep_an_instance_from_stopping() {
    let host = Host::new();
    host.start(A, 5);
    let seconds = own_seconds();
    let mut exec = host.enid(&["exec", A, "sleep", &seconds]).spawn().unwrap();
    soon("the command runs", || pids_inside(&seconds) == 1);
    run("kill", &["-STOP", &exec.id().to_string()]);
    let began = Instant::now();
    host.machines.stop(A, Stop::Clean).unwrap();
    assert!(began.elapsed() < GRACE / 2, "{:?}", began.elapsed());
    run("kill", &["-CONT", &exec.id().to_string()]);
    assert_eq!(exec.wait().unwrap().code(), Some(143));
}

#[test]
fn another_start_begins_new_processes_in_the_network_that_it_is_given() {
    let host = Host::new();
    let before = host.start_with_user_data("#!/bin/sh\necho first boot\n");
    soon("user data ran", || host.console(A).contains("user data exited with 0"));
    let seconds = own_seconds();
    host.inside(
        A,
        &format!("ip link add eth7 type veth peer name eth8; touch /run/old; setsid sleep {seconds} >/dev/null 2>&1 & sleep 0.05"),
    );
    host.machines.stop(A, Stop::Clean).unwrap();
    let after = host.start_with_user_data("#!/bin/sh\necho first boot\n");
    assert_ne!(before.pid, after.pid);
    assert_eq!(host.inside(A, "ls /sys/class/net"), "eth7\neth8\nlo");
    assert_eq!(host.exec(A, &["ls", "/run/old", "/run/enid"]).stdout, b"", "a fresh /run, and no user data again");
    assert_eq!(pids_inside(&seconds), 0);
    assert_eq!(host.console(A).matches("first boot").count(), 1);
    assert_eq!(host.console(A).matches("booted").count(), 2);
}

#[test]
fn user_data_runs_once_inside_and_its_output_is_on_the_console() {
    let host = Host::new();
    host.start_with_user_data("#!/bin/bash\necho \"hello from $(hostname) as $(id -un)\"\necho oops >&2\nexit 3\n");
    soon("user data ran", || host.console(A).contains("user data exited with 3"));
    let console = host.console(A);
    assert!(console.contains("hello from ip-10-0-0-5 as root\noops\n"), "{console}");
    let mode = fs::metadata(host.data.join("instances").join(A).join("user-data")).unwrap();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
    host.machines.stop(A, Stop::Clean).unwrap();
    host.start_with_user_data("#!/bin/bash\necho changed while stopped\n");
    host.machines.stop(A, Stop::Clean).unwrap();
    assert!(!host.console(A).contains("changed while stopped"), "user data runs at the first boot only");
}

#[test]
fn user_data_that_is_no_script_is_only_kept_and_the_console_says_so() {
    let host = Host::new();
    host.start_with_user_data("touch /run/ran\n");
    soon("the console says so", || host.console(A).contains("user data is kept and not run"));
    assert_eq!(host.inside(A, "ls /run | grep -c -e ran -e enid || true"), "0");
    assert_eq!(fs::read(host.data.join("instances").join(A).join("user-data")).unwrap(), b"touch /run/ran\n");
}

#[test]
fn the_console_log_is_bounded_and_shows_the_newest() {
    let host = Host::new();
    host.start_with_user_data("#!/bin/sh\nseq 1 200000\n");
    soon("user data ran", || host.console(A).contains("user data exited with 0"));
    let log = fs::metadata(host.data.join("instances").join(A).join("console.log")).unwrap();
    assert!(log.len() <= 128 * 1024, "{}", log.len());
    assert!(host.console(A).contains("\n199999\n200000\n[enid] user data exited"));
}

#[test]
fn an_instance_that_ends_by_itself_is_noticed() {
    let host = Host::new();
    let running = host.start(A, 5);
    host.start(B, 6);
    assert_eq!(host.exec(A, &["sh", "-c", "kill -TERM 1; sleep 60"]).status.code(), Some(143));
    assert_eq!(host.end(), (A.to_owned(), Ended::PowerOff));
    assert!(!host.machines.is_running(A) && host.machines.is_running(B));
    assert_ne!(host.start(A, 5).pid, running.pid);
    run("kill", &["-KILL", &host.machines.list()[0].pid.to_string()]);
    assert_eq!(host.end(), (A.to_owned(), Ended::Cut));
}

#[test]
fn an_instance_takes_no_more_processes_and_memory_than_it_is_given() {
    let host = Host::new();
    assert_eq!(host.machines.unlimited(), [""; 0], "this host has the controllers");
    let limits = Limits { processes: Some(20), memory: Some(64 << 20) };
    host.machines.start(&MachineSpec { limits, ..host.spec(A, 5) }).unwrap();
    host.start(B, 6);
    let fork = "import os, time\nfor _ in range(40):\n  if os.fork() == 0: time.sleep(2); os._exit(0)";
    let allocate = "x = bytearray(200 << 20)";
    for (id, survives) in [(A, false), (B, true)] {
        for script in [fork, allocate] {
            let output = host.exec(id, &["python3", "-c", script]);
            assert_eq!(output.status.success(), survives, "{id} {script}: {output:?}");
        }
    }
    assert!(host.machines.is_running(A), "it is what asked for too much that goes");
    // What user data starts is counted as well, and not only what comes from outside.
    let of_a = || cgroups_of(&host.data).iter().filter(|path| path.join(A).exists()).count();
    assert!(of_a() > 0);
    host.machines.stop(A, Stop::Clean).unwrap();
    assert_eq!(of_a(), 0, "what is not there takes nothing");
    let user_data = Some(format!("#!/usr/bin/python3\n{fork}\n").into_bytes());
    host.machines.start(&MachineSpec { limits, user_data, ..host.spec(A, 5) }).unwrap();
    soon("user data fails", || host.console(A).contains("user data exited with 1"));
}

/// reboot(2) as a program inside calls it: 0x01234567 restarts, 0x4321fedc powers off, 0xcdef0123 halts.
fn reboot_2(command: &str) -> [String; 3] {
    ["python3".into(), "-c".into(), format!("import ctypes; ctypes.CDLL(None).reboot(ctypes.c_int({command}))")]
}

#[test]
fn a_shutdown_inside_is_told_from_a_reboot_however_it_is_asked_for() {
    let host = Host::new();
    let mut ways: Vec<(Vec<String>, Ended)> = [
        ("reboot", Ended::Reboot),
        ("poweroff", Ended::PowerOff),
        ("halt", Ended::PowerOff),
        ("halt --reboot", Ended::Reboot),
        ("shutdown -h now", Ended::PowerOff),
        ("shutdown -r now", Ended::Reboot),
        ("shutdown -r 0 Reboot initiated by Ansible", Ended::Reboot),
        ("/sbin/reboot -f", Ended::Reboot),
        ("/usr/sbin/poweroff --force", Ended::PowerOff),
        ("kill -INT 1", Ended::Reboot),
    ]
    .into_iter()
    .map(|(line, how)| (line.split(' ').map(str::to_owned).collect(), how))
    .collect();
    for (command, how) in [("0x01234567", Ended::Reboot), ("0x4321fedc", Ended::PowerOff), ("0xcdef0123", Ended::PowerOff)] {
        ways.push((reboot_2(command).to_vec(), how));
    }
    for (command, how) in ways {
        host.start(A, 5);
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        host.exec(A, &command);
        assert_eq!(host.end(), (A.to_owned(), how), "{command:?}");
        assert_eq!(host.machines.how_ended(A), Some(how), "{command:?}");
    }
}

#[test]
fn a_shutdown_asks_the_processes_first_unless_it_is_forced() {
    let host = Host::new();
    for (command, asked) in [("poweroff", 1), ("poweroff -f", 0)] {
        let id = if asked == 1 { A } else { B };
        host.start(id, 5);
        host.inside(id, "(trap 'echo asked to end >/proc/1/fd/1; exit' TERM; while :; do sleep 0.01; done) >/dev/null 2>&1 & sleep 0.1");
        host.exec(id, &command.split(' ').collect::<Vec<_>>());
        assert_eq!(host.end(), (id.to_owned(), Ended::PowerOff));
        assert_eq!(host.console(id).matches("asked to end").count(), asked, "{}", host.console(id));
    }
}

#[test]
fn a_shutdown_can_be_planned_and_cancelled_and_what_makes_no_sense_is_refused() {
    let host = Host::new();
    host.start(A, 5);
    assert!(host.inside(A, "shutdown -r +600; shutdown -c").contains("reboot in 36000 seconds"));
    assert!(host.inside(A, "shutdown -h 23:59").contains("poweroff in "));
    for wrong in ["shutdown -x", "shutdown -r soon", "shutdown -h +1x", "reboot now"] {
        assert_eq!(host.exec(A, &["sh", "-c", wrong]).status.code(), Some(1), "{wrong}");
    }
    assert!(!host.exec(A, &["setpriv", "--reuid=65534", "--clear-groups", "/usr/sbin/reboot"]).status.success());
    assert!(host.machines.is_running(A) && host.ended.try_recv().is_err());
}

#[test]
fn how_an_instance_ended_while_no_server_ran_is_known_to_the_next() {
    let host = Host::new();
    fs::write(host.data.join("spec.json"), serde_json::to_vec(&host.spec(A, 5)).unwrap()).unwrap();
    for (command, how) in [("reboot", Ended::Reboot), ("poweroff", Ended::PowerOff)] {
        let _ = fs::remove_file(host.data.join("started"));
        let mut server = helper(&host);
        soon("the instance runs", || host.data.join("started").exists());
        run("kill", &["-KILL", "--", &format!("-{}", server.id())]);
        server.wait().unwrap();
        host.exec(A, &[command]);
        soon("it has ended", || machine::running(&host.data).is_empty());
        assert_eq!(host.machines.take_over().0, []);
        assert_eq!(host.machines.how_ended(A), Some(how));
    }
    host.start(A, 5);
    assert_eq!(host.machines.how_ended(A), None, "what runs has not ended");
}

#[test]
fn no_keeper_outlives_its_instance() {
    let host = Host::new();
    let keepers = || pids_with(&host.data.join("instances").join(A).display().to_string()).len();
    for how in [Stop::Clean, Stop::Force] {
        host.start(A, 5);
        // Pid 1 and its parent.
        assert_eq!(keepers(), 2);
        host.machines.stop(A, how).unwrap();
        assert_eq!(keepers(), 0, "{how:?}");
    }
    host.start(A, 5);
    machine::down(&host.data);
    assert_eq!(keepers(), 0);
}

#[test]
fn shared_memory_and_message_queues_are_each_instance_s_own() {
    let host = Host::new();
    host.start(A, 5);
    host.start(B, 6);
    let queue =
        "import ctypes; q = ctypes.CDLL('librt.so.1', use_errno=True).mq_open(b'/enid', 0o300, 0o600, None); print(q, ctypes.get_errno())";
    for id in [A, B] {
        // With O_EXCL, 17 would be the error of a queue that is there already.
        assert!(host.inside(id, &format!("python3 -c \"{queue}\"")).ends_with(" 0"), "{id}");
        host.inside(id, "ipcmk -M 4096 -S 1 -Q && echo of $(hostname) > /dev/shm/enid");
    }
    for (id, name) in [(A, "ip-10-0-0-5"), (B, "ip-10-0-0-6")] {
        assert_eq!(host.inside(id, "ipcs -m -q -s | grep -c ^0x"), "3");
        assert_eq!(host.inside(id, "ls -A /dev/shm; cat /dev/shm/enid"), format!("enid\nof {name}"));
        assert_eq!(host.inside(id, "stat -c %a /dev/shm"), "1777");
    }
    assert!(!Path::new("/dev/shm/enid").exists());
}

#[test]
fn what_the_host_unmounts_is_unmounted_inside_and_nothing_the_other_way() {
    let host = Host::new();
    fs::write(host.data.join("spec.json"), serde_json::to_vec(&host.spec(A, 5)).unwrap()).unwrap();
    let disk = host._dir.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let script = "{ mount -t tmpfs disk \"$1\" && exec \"$0\" --exact --ignored helper_that_starts_an_instance_and_waits; } >/dev/null & helper=$!; \
        while ! [ -e \"$ENID_DATA/started\" ]; do sleep 0.01; done; read go; umount \"$1\" && echo unmounted; read go; cat /proc/self/mountinfo; kill $helper";
    let mut server = Command::new("unshare")
        .args(["-m", "--propagation", "shared", "sh", "-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg(&disk)
        .env("ENID_DATA", &host.data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    soon("the instance runs", || host.data.join("started").exists());
    let mounted = || host.inside(A, "cat /proc/self/mountinfo").contains(&disk.display().to_string());
    assert!(mounted());
    let mut go = server.stdin.take().unwrap();
    std::io::Write::write_all(&mut go, b"\n").unwrap();
    soon("the host's unmounting is seen inside", || !mounted());
    host.inside(A, &format!("mount -t tmpfs own {}", disk.display()));
    std::io::Write::write_all(&mut go, b"\n").unwrap();
    let output = server.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("unmounted\n") && !text.contains(&disk.display().to_string()), "{text}");
    host.machines.take_over();
}

/// A server that starts an instance in a process group of its own.
fn helper(host: &Host) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "helper_that_starts_an_instance_and_waits"])
        .env("ENID_DATA", &host.data)
        .process_group(0)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// The process that `an_instance_survives_…` kills: it starts an instance and waits. Not a test by itself.
#[test]
#[ignore = "the other process of another test"]
fn helper_that_starts_an_instance_and_waits() {
    let data = PathBuf::from(std::env::var_os("ENID_DATA").expect("is run by the test it helps"));
    let (machines, _ended) = machines(&data);
    let spec = fs::read(data.join("spec.json")).unwrap();
    let began = Instant::now();
    machines.start(&serde_json::from_slice(&spec).unwrap()).unwrap();
    eprintln!("start() {:?}", began.elapsed());
    fs::write(data.join("started"), "").unwrap();
    thread::sleep(Duration::from_secs(60));
}

#[test]
fn an_instance_survives_the_death_of_its_server_and_is_taken_over() {
    let host = Host::new();
    fs::write(host.data.join("spec.json"), serde_json::to_vec(&host.spec(A, 5)).unwrap()).unwrap();
    let mut server = helper(&host);
    soon("the instance runs", || host.data.join("started").exists());
    let seconds = own_seconds();
    host.inside(A, &format!("setsid sleep {seconds} >/dev/null 2>&1 & sleep 0.05"));
    // Its whole process group, as ctrl-C and supervisors do.
    run("kill", &["-KILL", "--", &format!("-{}", server.id())]);
    assert_eq!(server.wait().unwrap().signal(), Some(9));

    assert!(!host.machines.is_running(A));
    let (found, problems) = host.machines.take_over();
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(found.iter().map(|running| running.id.as_str()).collect::<Vec<_>>(), [A]);
    assert_eq!(found, machine::running(&host.data));
    assert_eq!(pids_inside(&seconds), 1);
    assert!(matches!(host.machines.start(&host.spec(A, 5)), Err(Error::Runs(_))));
    host.machines.stop(A, Stop::Clean).unwrap();
    assert_eq!(pids_inside(&seconds), 0);
}

#[test]
fn what_died_while_no_server_ran_is_cleaned_up() {
    let host = Host::new();
    let first = host.start(A, 5);
    let (second, _ended) = machines(&host.data);
    run("kill", &["-KILL", &first.pid.to_string()]);
    assert_eq!(host.end(), (A.to_owned(), Ended::Cut));
    assert_eq!(second.take_over().0, []);
    assert!(!host.data.join("instances").join(A).join("running.json").exists());
}

#[test]
fn a_recycled_pid_is_never_signalled() {
    let host = Host::new();
    let running = host.start(A, 5);
    let record_path = host.data.join("instances").join(A).join("running.json");
    let record = fs::read_to_string(&record_path).unwrap();
    host.machines.stop(A, Stop::Clean).unwrap();

    // The record of an instance that died with the host's other users none the wiser: its pid is somebody else's now.
    // Start times count in hundredths of a second; no pid comes round that fast.
    thread::sleep(Duration::from_millis(30));
    let mut bystander = Command::new("sleep").arg(own_seconds()).spawn().unwrap();
    let old = format!("\"pid\":{}", running.pid);
    assert!(record.contains(&old), "{record}");
    fs::write(&record_path, record.replace(&old, &format!("\"pid\":{}", bystander.id()))).unwrap();

    assert_eq!(machine::running(&host.data), []);
    assert_eq!(host.exec(A, &["true"]).status.code(), Some(125));
    assert_eq!(machine::down(&host.data).ended, Vec::<String>::new());
    fs::write(&record_path, record.replace(&old, &format!("\"pid\":{}", bystander.id()))).unwrap();
    assert_eq!(host.machines.take_over().0, []);
    assert!(matches!(host.machines.stop(A, Stop::Force), Err(Error::NotRunning(_))));
    host.start(A, 5);
    assert!(bystander.try_wait().unwrap().is_none(), "the bystander still runs");
    bystander.kill().unwrap();
    bystander.wait().unwrap();
}

#[test]
fn down_ends_everything_of_its_folder_and_nothing_else() {
    let (host, other) = (Host::new(), Host::new());
    let seconds = own_seconds();
    for host in [&host, &other] {
        host.start(A, 5);
        host.inside(A, &format!("setsid sleep {seconds} >/dev/null 2>&1 & sleep 0.05"));
    }
    host.start(B, 6);
    let report = machine::down(&host.data);
    assert_eq!(report.ended, [A, B]);
    assert!(report.problems.is_empty(), "{report:?}");
    assert_eq!(machine::running(&host.data), []);
    assert_eq!(pids_inside(&seconds), 1);
    assert_eq!(cgroups_of(&host.data), Vec::<PathBuf>::new());
    assert_eq!(other.inside(A, "hostname"), "ip-10-0-0-5");
}

#[test]
fn an_instance_that_cannot_start_says_why_and_leaves_nothing() {
    let host = Host::new();
    let spec = MachineSpec { netns: host.data.join("netns/absent"), ..host.spec(A, 5) };
    let error = host.machines.start(&spec).unwrap_err().to_string();
    assert!(error.contains("netns/absent") && error.contains("No such file"), "{error}");
    let spec = MachineSpec { netns: host.data.join("secret"), ..host.spec(A, 5) };
    assert!(host.machines.start(&spec).is_err());
    // Looked for before the next start, which would clear it away.
    assert_eq!(machine::running(&host.data), []);
    let instance = host.data.join("instances").join(A);
    assert!(!instance.join("running.json").exists());
    assert_eq!(pids_with(&instance.display().to_string()), Vec::<i32>::new());
    assert_eq!(cgroups_of(&host.data).iter().map(|path| path.join(A)).filter(|path| path.exists()).count(), 0);
    host.start(A, 5);
}

#[test]
fn a_running_instance_does_not_keep_other_network_namespaces_alive() {
    let host = Host::new();
    let netns = host.data.join("netns").join(B);
    host.start(A, 5);
    // A veth ends with the namespace that its other end is in.
    host.inside(A, "ip link add eth7 type veth peer name eth8");
    let enter_b = format!("--net={}", netns.display());
    let mut in_b = Command::new("nsenter").args([&enter_b, "sleep", "60"]).spawn().unwrap();
    soon("somebody is in the other namespace", || {
        fs::read_to_string(format!("/proc/{}/comm", in_b.id())).is_ok_and(|comm| comm == "sleep\n")
    });
    let a = host.machines.list()[0].pid;
    run("nsenter", &["--net", "-t", &a.to_string(), "ip", "link", "set", "eth8", "netns", &in_b.id().to_string()]);
    in_b.kill().unwrap();
    in_b.wait().unwrap();
    assert_eq!(host.inside(A, "ls /sys/class/net"), "eth7\nlo", "the bind mount keeps it");
    run("umount", &[&netns.display().to_string()]);
    soon("the other namespace is gone", || host.inside(A, "ls /sys/class/net") == "lo");
    let mounts = host.inside(A, "cat /proc/self/mountinfo");
    assert!(!mounts.contains(" nsfs "), "{mounts}");
}

#[test]
fn doctor_finds_what_instances_need() {
    let host = Host::new();
    for data in [host.data.clone(), host.data.join("not/made/yet")] {
        for check in machine::check(&data) {
            assert!(check.ok, "{check:?}");
        }
        assert!(!data.join("not").exists(), "to look is not to make");
    }
}
