//! The program: its command line is in [`gantry_server::commands`].

fn main() -> std::process::ExitCode {
    gantry_server::commands::main()
}
