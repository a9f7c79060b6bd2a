//! What user data is, by its first bytes, as cloud-init tells (cloudinit.readthedocs.io, "User-data formats").

/// Why user data is not run; none for a script, which is.
pub(super) fn why_not_run(user_data: &[u8]) -> Option<&'static str> {
    let starts = |with: &str| user_data.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()));
    if starts("#!") {
        return None;
    }
    Some(if starts("#cloud-config") {
        "#cloud-config is for cloud-init, which this instance does not have; a script that begins with #! is run"
    } else if ["#cloud-boothook", "#include", "#part-handler", "#upstart-job", "## template:"].into_iter().any(starts) {
        "it is for cloud-init, which this instance does not have; a script that begins with #! is run"
    } else if user_data.starts_with(&[0x1f, 0x8b]) {
        "it is compressed; a script that begins with #! is run"
    } else if ["content-type:", "mime-version:"].into_iter().any(starts) {
        "it is a MIME message, which takes cloud-init; a script that begins with #! is run"
    } else if ["<powershell>", "<script>"].into_iter().any(starts) {
        "it is for Windows; a script that begins with #! is run"
    } else {
        "it does not begin with #!, as a script does"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_run_and_everything_else_says_what_it_is() {
        assert_eq!(why_not_run(b"#!/bin/sh\n"), None);
        let kinds: [(&[u8], &str); 6] = [
            (b"#cloud-config\nruncmd: []\n", "cloud-config"),
            (b"#include\nhttp://x/\n", "cloud-init"),
            (&[0x1f, 0x8b, 8], "compressed"),
            (b"Content-Type: multipart/mixed; boundary=x\n", "MIME"),
            (b"<powershell>", "Windows"),
            (b" #!/bin/sh\n", "does not begin"),
        ];
        for (user_data, needle) in kinds {
            assert!(why_not_run(user_data).is_some_and(|why| why.contains(needle)), "{needle}");
        }
    }
}
