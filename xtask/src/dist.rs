#[derive(clap::Args)]
pub struct Build {}
impl Build {
    pub fn run(self) -> anyhow::Result<()> {
        Ok(())
    }
}
