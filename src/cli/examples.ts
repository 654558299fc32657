/** What the help of each command shows at its end. */
export const examples = {
  watch: `
Examples:
  dalle-archiver                        write config.json here the first time, then watch
  dalle-archiver --archive ~/Pictures/chatgpt
  dalle-archiver --config work.json --json
  dalle-archiver --attach auto          watch the Chrome you already use (see docs/watching.md)
  dalle-archiver --record session.ndjson -v
  dalle-archiver --profile work         watch one profile of the config only
  dalle-archiver demo                   see it work without an account
`,
  import: `
Examples:
  dalle-archiver import export.zip
  dalle-archiver import OpenAI-export.zip older-exports/ --archive ~/Pictures/chatgpt
  dalle-archiver import *.zip --dry-run
  dalle-archiver import export.zip --only-generated --json
  dalle-archiver import export.zip --profile work
`,
  backfill: `
Examples:
  dalle-archiver backfill
  dalle-archiver backfill --archive ~/Pictures/chatgpt --attach auto
  dalle-archiver backfill --only-library --until-known
  dalle-archiver backfill --profile work
  dalle-archiver backfill --freeze
`,
  coverage: `
Examples:
  dalle-archiver coverage
  dalle-archiver coverage --archive ~/Pictures/chatgpt --json
  dalle-archiver coverage --profile work
`,
  status: `
Examples:
  dalle-archiver status
  dalle-archiver status --archive ~/Pictures/chatgpt --json
  dalle-archiver status --profile work
`,
  doctor: `
Examples:
  dalle-archiver doctor
  dalle-archiver doctor --quick --archive ~/Pictures/chatgpt --json
`,
  service: `
Examples:
  dalle-archiver service install --dry-run
  dalle-archiver service install --minimized
  dalle-archiver service status --json
  dalle-archiver service logs
  dalle-archiver service remove
`,
  verify: `
Examples:
  dalle-archiver verify
  dalle-archiver verify --sample 5% --json
  dalle-archiver verify --sums
  dalle-archiver verify --repair export.zip ~/Backup/chatgpt
`,
  mirror: `
Where it is says "mirror" in config.json; credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,
or from ~/.aws/credentials.

Examples:
  dalle-archiver mirror push
  dalle-archiver mirror verify --sample 5%
  dalle-archiver mirror pull --originals     on a second machine
  dalle-archiver mirror free --keep 90d --dry-run
`,
  sidecars: `
Examples:
  dalle-archiver sidecars write         for all pictures; again to take over what photo managers changed
  dalle-archiver sidecars status --json
  dalle-archiver sidecars remove        those that nobody edited
`,
  export: `
Examples:
  dalle-archiver export --embed ~/Pictures/for-lightroom --where 'favourite and after:2026-01'
  dalle-archiver export --csv --output pictures.csv
  dalle-archiver export --json --where 'by:gpt-image -tag:draft "red coat"' | jq .prompt
`,
  browse: `
Examples:
  dalle-archiver browse
  dalle-archiver browse --archive ~/Pictures/chatgpt --port 8321 --no-open
  dalle-archiver browse --static ./gallery-copy
`,
  demo: `
Examples:
  dalle-archiver demo
  dalle-archiver demo --window --archive ./demo-archive
`,
  config: `
Examples:
  dalle-archiver config show            every setting with its value, and where that comes from
  dalle-archiver config init            write a config.json here; --user: one that counts everywhere
  dalle-archiver config check --json
  DALLE_ARCHIVER_HEADLESS=true dalle-archiver config show
`,
  completion: `
Examples:
  dalle-archiver completion bash > ~/.local/share/bash-completion/completions/dalle-archiver
  dalle-archiver completion zsh > "\${fpath[1]}/_dalle-archiver"
  dalle-archiver completion fish > ~/.config/fish/completions/dalle-archiver.fish
  dalle-archiver completion powershell >> $PROFILE
`,
}
