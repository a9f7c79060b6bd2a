//! Writes manual pages and the completions of shells, made from the command line's own definition: `pages FOLDER`.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap_complete::{Shell, generate_to};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: pages FOLDER")?);
    let (manuals, completions) = (folder.join("man"), folder.join("completions"));
    for each in [&manuals, &completions] {
        fs::create_dir_all(each)?;
    }
    let mut command = enid::cli::command();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        generate_to(shell, &mut command, "enid", &completions)?;
    }
    // Pages of `enid help help` and the like say nothing.
    clap_mangen::generate_to(enid::cli::command().disable_help_subcommand(true), &manuals)?;
    Ok(())
}
