import { Argument, type Command } from "commander";
import { offeredFor } from "../options/from-table.js";
import type { Terminal } from "../terminal/terminal.js";

const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

export function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command("completion")
    .description("Print what lets a shell complete commands, options and their values.")
    .addArgument(new Argument("<shell>").choices(shells))
    .addHelpText(
      "after",
      `
Examples:
  prune completion bash >> ~/.bashrc
  prune completion zsh > "\${fpath[1]}/_prune"
  prune completion fish > ~/.config/fish/completions/prune.fish`,
    )
    .action((shell: Shell) => terminal.print(scripts[shell](wordsOf(program))));
}

interface Flag {
  readonly names: readonly string[];
  readonly says: string;
  /** undefined: it takes no value; none: a file or something of one's own. What ends with = only begins one. */
  readonly values: readonly string[] | undefined;
}

interface Words {
  readonly command: string;
  readonly says: string;
  readonly flags: readonly Flag[];
}

/** What can be written after each command; "" is the command without a name. */
function wordsOf(program: Command): Words[] {
  const own = (command: Command, name: string): Words => ({
    command: name,
    says: command.description().split(/(?<=\.) /)[0] ?? "",
    flags: command.options.map((option) => ({
      names: [option.short, option.long].filter(
        (flag): flag is string => flag !== undefined && flag !== null,
      ),
      says: option.description,
      values: /[<[]/.test(option.flags) ? offeredFor(option) : undefined,
    })),
  });
  const helps = { names: ["-h", "--help"], says: "show how it is used", values: undefined };
  return [own(program, ""), ...program.commands.map((command) => own(command, command.name()))].map(
    (words) => ({
      ...words,
      flags: [...words.flags, helps],
    }),
  );
}

const namesIn = (words: readonly Words[]): string[] => [
  ...words.map(({ command }) => command).filter((name) => name !== ""),
  "help",
];

const scripts: { readonly [S in Shell]: (words: readonly Words[]) => string } = { bash, zsh, fish };

function bash(words: readonly Words[]): string {
  const cases = words.map(
    ({ command, flags }) =>
      `    ${command || "*"}) words="${flags.flatMap(({ names }) => names).join(" ")}" ;;`,
  );
  // The command without a name is what is left, so that it comes last.
  const [first, ...others] = cases;
  const values = valuesIn(words).map(([name, choices]) => `    ${name}) words="${choices.join(" ")}" ;;`);
  return `_prune() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}" words=""
  case "$previous" in
    help) words="${namesIn(words).join(" ")}" ;;
    completion) words="${shells.join(" ")}" ;;
${values.join("\n")}
  esac
  if [ -z "$words" ]; then
    case "\${COMP_WORDS[1]}" in
${[...others, first].map((line) => `  ${line}`).join("\n")}
    esac
    [ "$COMP_CWORD" -eq 1 ] && words="$words ${namesIn(words).join(" ")}"
    case "$current" in -*) ;; *) [ "$COMP_CWORD" -eq 1 ] || words="" ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ "\${COMPREPLY[0]}" == *= ]] && compopt -o nospace
  [ \${#COMPREPLY[@]} -eq 0 ] && compopt -o default
}
complete -F _prune prune`;
}

/** Options with a few values, each once, with those of all commands that have it. */
function valuesIn(words: readonly Words[]): [string, readonly string[]][] {
  const found = new Map<string, readonly string[]>();
  for (const { names, values = [] } of words.flatMap(({ flags }) => flags))
    for (const name of values.length > 0 ? names : [])
      found.set(name, [...new Set([...(found.get(name) ?? []), ...values])]);
  return [...found];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function zsh(words: readonly Words[]): string {
  const said = (text: string): string => text.replace(/[[\]:]/g, "\\$&").replaceAll("'", "'\\''");
  const optionsOf = ({ flags }: Words): string =>
    flags
      .flatMap(({ names, says, values }) => {
        // What ends with = is followed by more of the same word.
        const offer = values?.some((word) => word.endsWith("="))
          ? `{compadd -S "" -- ${values.join(" ")}}`
          : `(${values?.join(" ")})`;
        const value = values && (values.length > 0 ? `:value:${offer}` : ":value:_files");
        return names.map((name) => `'*${name}[${said(says)}]${value ?? ""}'`);
      })
      .join(" \\\n        ");
  const commands = words.filter(({ command }) => command !== "");
  return `#compdef prune
_prune() {
  local -a commands=(
${commands.map(({ command, says }) => `    '${command}:${said(says)}'`).join("\n")}
    'help:show how a command is used'
  )
  (( CURRENT == 2 )) && _describe command commands
  case "$words[2]" in
${commands
  .filter(({ command }) => command !== "completion")
  .map((entry) => `    ${entry.command}) _arguments ${optionsOf(entry)} \\\n        '*:file:_files' ;;`)
  .join("\n")}
    help) (( CURRENT == 3 )) && _describe command commands ;;
    completion) (( CURRENT == 3 )) && compadd -- ${shells.join(" ")} ;;
    *) _arguments ${optionsOf(words[0] as Words)} \\\n        '*:model:_files' ;;
  esac
}
_prune "$@"`;
}

function fish(words: readonly Words[]): string {
  const commands = namesIn(words).join(" ");
  const named = [
    `complete -c prune -n __fish_use_subcommand -a help -d 'show how a command is used'`,
    `complete -c prune -f -n '__fish_seen_subcommand_from help' -a ${quoted(commands)}`,
    `complete -c prune -f -n '__fish_seen_subcommand_from completion' -a ${quoted(shells.join(" "))}`,
  ];
  const own = words.flatMap(({ command, says, flags }) => {
    const when =
      command === ""
        ? `not __fish_seen_subcommand_from ${commands}`
        : `__fish_seen_subcommand_from ${command}`;
    const lines = flags.map(({ names, says, values }) => {
      const forms = names.map((name) =>
        name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
      );
      const takes =
        values === undefined ? [] : values.length > 0 ? ["-x", "-a", quoted(values.join(" "))] : ["-r"];
      return ["complete -c prune -n", quoted(when), ...forms, ...takes, "-d", quoted(says)].join(" ");
    });
    const name =
      command === "" ? [] : [`complete -c prune -n __fish_use_subcommand -a ${command} -d ${quoted(says)}`];
    return [...name, ...lines];
  });
  return [...named, ...own].join("\n");
}
