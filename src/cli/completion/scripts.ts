/**
 * What `netlab completion SHELL` prints. The scripts know nothing themselves: they ask `netlab __complete` for each word, which
 * answers with one candidate a line (its meaning behind a tab), `:files` for topology files and `:commands` for commands.
 */

/** The endings of files that may be topologies. */
const ENDINGS = ['yaml', 'yml', 'json', 'mjs', 'cjs', 'js', 'ts'];

const BASH = `# netlab completion for bash: source <(netlab completion bash)
_netlab() {
  local cur=\${COMP_WORDS[COMP_CWORD]} value meaning file
  COMPREPLY=()
  while IFS=$'\\t' read -r value meaning; do
    case $value in
      :files)
        compopt -o filenames 2>/dev/null
        while IFS= read -r file; do
          if [[ -d $file || $file == *.@(${ENDINGS.join('|')}) ]]; then COMPREPLY+=("$file"); fi
        done < <(compgen -f -- "$cur")
        ;;
      :commands) while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -c -- "$cur" | sort -u) ;;
      *) COMPREPLY+=("$value") ;;
    esac
  done < <("\${COMP_WORDS[0]}" __complete bash "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _netlab netlab
`;

const ZSH = `#compdef netlab
# netlab completion for zsh: source <(netlab completion zsh), or as _netlab in a folder of $fpath
_netlab() {
  local -a values
  local line files commands
  for line in "\${(@f)$($words[1] __complete zsh "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files) files=1 ;;
      :commands) commands=1 ;;
      *$'\\t'*) values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
      *) values+=("\${line//:/\\\\:}") ;;
    esac
  done
  (( \${#values} )) && _describe -V netlab values
  [[ -n $files ]] && _files -g '*.(${ENDINGS.join('|')})(-.)'
  [[ -n $commands ]] && _command_names -e
  return 0
}
# Read as a file of $fpath, this is the body of the function itself.
if [[ $funcstack[1] == _netlab ]]; then _netlab "$@"; else compdef _netlab netlab; fi
`;

const FISH = `# netlab completion for fish: netlab completion fish | source
function __netlab_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (command $words[1] __complete fish $words[2..-1] 2>/dev/null)
        switch $line
            case :files
                for ending in ${ENDINGS.join(' ')}
                    __fish_complete_suffix .$ending
                end | string match -r '.*(?:/|\\.(?:${ENDINGS.join('|')}))(?:\\t.*)?$' | sort -u
            case :commands
                complete -C (commandline -ct) | string match -rv '/\\t|/$'
            case '*'
                echo $line
        end
    end
end
complete -c netlab -f -a '(__netlab_complete)'
`;

/** By the shell's name. */
export const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
