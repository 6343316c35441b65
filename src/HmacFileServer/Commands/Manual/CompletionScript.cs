namespace HmacFileServer.Commands.Manual;

/// <summary>
/// What makes a shell complete the command line: each script asks the program itself, by System.CommandLine's
/// directive [suggest], and offers files where the program knows no words.
/// </summary>
internal static class CompletionScript
{
    public const string Bash = """
        # Completion for hmac-file-server. Made by: hmac-file-server completion bash
        _hmac_file_server() {
          local line=${COMP_LINE:0:COMP_POINT} found
          found=$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
          mapfile -t COMPREPLY < <(compgen -W "$found" -- "${COMP_WORDS[COMP_CWORD]}")
        }
        complete -o default -F _hmac_file_server hmac-file-server

        """;

    public const string Zsh = """
        #compdef hmac-file-server
        # Completion for hmac-file-server. Made by: hmac-file-server completion zsh
        _hmac_file_server() {
          local line="${(j: :)words[1,CURRENT]}"
          local -a found
          found=(${(f)"$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)"})
          if (( $#found )); then
            compadd -- $found
          else
            _files
          fi
        }
        _hmac_file_server "$@"

        """;

    public const string Fish = """
        # Completion for hmac-file-server. Made by: hmac-file-server completion fish
        function __hmac_file_server
            set -l line (commandline -cp)
            set -l program (commandline -opc)[1]
            set -l found ($program "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
            if set -q found[1]
                printf '%s\n' $found
            else
                __fish_complete_path (commandline -ct)
            end
        end
        complete -c hmac-file-server -f -a '(__hmac_file_server)'

        """;
}
