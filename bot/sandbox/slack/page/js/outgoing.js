// What a person typed, on its way out: as a message, or as a slash command. The stand-in escapes and finds mentions.

/** A line that begins with '/' and a word is a command; '//' and '/ ' are not. */
const isCommand = (text) => /^\/[^\s/]/.test(text);

/** Sends it; resolves when the app has acknowledged a command, or a message is posted. */
export async function send(workspace, { text, channel, threadTs }) {
  const { api, me } = workspace;
  const body = { user: me, channel, text };
  if (threadTs) body.thread_ts = threadTs;
  if (!isCommand(text)) {
    await api.act("say", body);
    return;
  }
  const done = workspace.pending.begin(channel, threadTs, text);
  try {
    const answer = await api.act("command", body);
    // Slackbot says what went wrong over the live socket; without one the page has to
    if (!answer.ok && !workspace.live) {
      workspace.toast(`${text.split(/\s/)[0]} failed with the error "${answer.error}"`);
    }
  } finally {
    done();
  }
}
