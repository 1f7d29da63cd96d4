// Who and what there is in the workspace: people, groups, channels, the app and its commands.

const byName = (a, b) => a.name.localeCompare(b.name);

export class Directory {
  constructor(state) {
    this.me = state.me;
    this.team = state.team;
    this.app = state.app;
    this.commands = state.commands ?? [];
    this.hasFleet = Boolean(state.fleet);
    this.users = new Map(state.users.map((user) => [user.id, user]));
    this.groups = new Map((state.usergroups ?? []).map((group) => [group.id, group]));
    this.channels = new Map(state.channels.map((channel) => [channel.id, channel]));
  }

  /** Takes a channel's new state; without me among its members it is gone from the sidebar. */
  putChannel(channel) {
    if (channel.id === this.app.im) return;
    const mine = !channel.members || channel.members.includes(this.me);
    if (mine && !channel.deleted) this.channels.set(channel.id, { ...this.channels.get(channel.id), ...channel });
    else this.channels.delete(channel.id);
  }

  putUser(user) {
    this.users.set(user.id, { ...this.users.get(user.id), ...user });
  }

  sortedChannels() {
    return [...this.channels.values()].sort(byName);
  }

  /** Those whom a visitor can act as. */
  people() {
    return [...this.users.values()].filter((user) => !user.is_bot && !user.deleted && user.id !== "USLACKBOT");
  }

  userName(id) {
    const user = this.users.get(id);
    if (!user) return null;
    return user.real_name || user.profile?.real_name || user.profile?.display_name || user.name;
  }

  userTitle(id) {
    const user = this.users.get(id);
    return user?.profile?.title || (user?.is_restricted ? "Guest" : "");
  }

  isApp(id) {
    return id === this.app.user || Boolean(this.users.get(id)?.is_bot);
  }

  channelNamed(name) {
    return [...this.channels.values()].find((channel) => channel.name === name) ?? null;
  }

  /** What the header and the composer call a place. */
  placeName(id) {
    if (id === this.app.im) return this.app.name;
    return this.channels.get(id)?.name ?? id;
  }

  has(place) {
    if (place === "home") return Boolean(this.app.home);
    return this.channels.has(place) || place === this.app.im;
  }
}
