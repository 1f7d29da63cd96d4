// A surface is what blocks stand on: one message, one modal, one Home. It holds what was entered in its
// inputs (by block_id and action_id, so that an update keeps it) and sends what was clicked.

export class Surface {
  /** `address`: what names this surface in a click: {channel, ts} or {view_id}. */
  constructor({ workspace, address, kind }) {
    this.workspace = workspace;
    this.address = address;
    this.kind = kind;
    this.entered = new Map();
    this.fields = new Map();
  }

  get directory() {
    return this.workspace.directory;
  }

  /** Blocks are about to be drawn anew. */
  begin() {
    this.fields = new Map();
  }

  /** Registers an input; what was entered before under the same ids stays, else `initial` stands. */
  field(blockId, actionId, initial) {
    const key = JSON.stringify([blockId, actionId]);
    const { entered } = this;
    if (!entered.has(key)) entered.set(key, initial);
    const field = {
      blockId,
      actionId,
      get value() {
        return entered.get(key);
      },
      set value(value) {
        entered.set(key, value);
      },
    };
    this.fields.set(key, field);
    return field;
  }

  /** What stands in all inputs: {block_id: {action_id: value}}. Inputs without a value are left out. */
  values() {
    const values = {};
    for (const { blockId, actionId, value } of this.fields.values()) {
      if (value === null || value === undefined || value === "") continue;
      values[blockId] = { ...values[blockId], [actionId]: value };
    }
    return values;
  }

  /** Sends a click and waits until the app has acknowledged it: {ok, error}. */
  async act({ actionId, blockId, value }) {
    const body = { user: this.workspace.me, ...this.address, action_id: actionId };
    if (blockId) body.block_id = blockId;
    if (value !== undefined) body.value = value;
    const values = this.values();
    if (Object.keys(values).length > 0) body.values = values;
    try {
      return await this.workspace.api.act("click", body);
    } catch (error) {
      this.workspace.toast(error.message);
      return { ok: false, error: error.message };
    }
  }
}
