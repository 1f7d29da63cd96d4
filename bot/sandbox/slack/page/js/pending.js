// The commands that the app has not acknowledged yet, by where they were typed.

export class Pending {
  constructor(onChange) {
    this.onChange = onChange;
    this.commands = new Set();
  }

  begin(channel, threadTs, text) {
    const command = { channel, threadTs: threadTs ?? null, text };
    this.commands.add(command);
    this.onChange();
    return () => {
      this.commands.delete(command);
      this.onChange();
    };
  }

  at(channel, threadTs) {
    const here = (command) => command.channel === channel && command.threadTs === (threadTs ?? null);
    return [...this.commands].filter(here);
  }
}
