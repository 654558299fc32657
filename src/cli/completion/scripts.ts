/** The shells whose completion we can print. */
export const shells = ['bash', 'zsh', 'fish', 'powershell'] as const
export type Shell = (typeof shells)[number]

/**
 * What each shell is to read. It asks us at every Tab, so it knows each command of the version that is installed; the
 * word under the cursor is passed with a dot behind it, since PowerShell passes no empty word.
 */
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of dalle-archiver for bash 4.4 and newer.
_dalle_archiver() {
  local line current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :files) compopt -o default ;;
      :folders) compopt -o dirnames ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <(dalle-archiver completion bash -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" "$current." 2>/dev/null)
}
complete -F _dalle_archiver dalle-archiver
`,
  zsh: `#compdef dalle-archiver
# Completion of dalle-archiver for zsh.
_dalle_archiver() {
  local line
  local -a found
  while IFS= read -r line; do
    case "$line" in
      :files) _files ;;
      :folders) _files -/ ;;
      *) found+=("\${line%%$'\\t'*}:\${line#*$'\\t'}") ;;
    esac
  done < <(dalle-archiver completion zsh -- "\${(@)words[2,CURRENT-1]}" "\${words[CURRENT]}." 2>/dev/null)
  (( $#found )) && _describe dalle-archiver found
}
if [[ "$funcstack[1]" == _dalle-archiver ]]; then _dalle_archiver; else compdef _dalle_archiver dalle-archiver; fi
`,
  fish: `# Completion of dalle-archiver for fish.
function __dalle_archiver
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    for line in (dalle-archiver completion fish -- $words "$current." 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case :folders
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end
complete -c dalle-archiver -f -a '(__dalle_archiver)'
`,
  powershell: `# Completion of dalle-archiver for PowerShell; where it says nothing, PowerShell offers files.
Register-ArgumentCompleter -Native -CommandName dalle-archiver -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
    dalle-archiver completion powershell -- @words "$wordToComplete." 2>$null | Where-Object { $_ -notlike ':*' } |
        ForEach-Object {
            $word, $help = $_ -split "\`t", 2
            [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $help)
        }
}
`,
}
