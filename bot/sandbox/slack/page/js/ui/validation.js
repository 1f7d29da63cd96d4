// What Slack's own client refuses before it asks the app: empty required fields, too short, no number, no address.
// Pure.

const REQUIRED = "Please complete this required field.";

/** {block_id: what is wrong} for a view's blocks and what stands in its inputs. */
export function missing(blocks, values) {
  const wrong = {};
  for (const block of blocks) {
    if (block.type !== "input") continue;
    const value = values[block.block_id]?.[block.element.action_id];
    const empty = value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
    const text = empty ? (block.optional ? null : REQUIRED) : wrongValue(block.element, value);
    if (text) wrong[block.block_id] = text;
  }
  return wrong;
}

function wrongValue(element, value) {
  const { type, min_length: least, min_value: smallest, max_value: greatest } = element;
  if (least && String(value).length < least) return `Please enter at least ${least} characters.`;
  if (type === "number_input") {
    const pattern = element.is_decimal_allowed ? /^-?\d+(\.\d+)?$/ : /^-?\d+$/;
    if (!pattern.test(String(value).trim())) return "Please enter a number.";
    if (smallest !== undefined && Number(value) < Number(smallest)) return `Please enter ${smallest} or more.`;
    if (greatest !== undefined && Number(value) > Number(greatest)) return `Please enter ${greatest} or less.`;
  }
  if (type === "email_text_input" && !/^\S+@\S+\.\S+$/.test(value)) return "Please enter a valid email address.";
  if (type === "url_text_input" && !/^https?:\/\/\S+$/.test(value)) return "Please enter a valid URL.";
  return null;
}
