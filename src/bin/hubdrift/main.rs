//! Just enough to run `hubdrift emulate`.

mod emulator;
mod commands {
    pub mod emulate;
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (state, port) = match words[..] {
        ["emulate", state] => (state, Ok(0)),
        ["emulate", state, "--port", port] => (state, port.parse()),
        _ => ("", Ok(0)),
    };
    let options = commands::emulate::Options {
        state: state.into(),
        port: port.unwrap_or(0),
    };
    match commands::emulate::run(options).await {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
