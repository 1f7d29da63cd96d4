// The common emoji by their Slack names, and how one is shown. An unknown name stays text.

import { el } from "../dom.js";

const TABLE = `
grinning:😀 smiley:😃 smile:😄 grin:😁 laughing:😆 sweat_smile:😅 joy:😂 rofl:🤣 relaxed:☺️ blush:😊 innocent:😇
slightly_smiling_face:🙂 upside_down_face:🙃 wink:😉 relieved:😌 heart_eyes:😍 kissing_heart:😘 yum:😋
stuck_out_tongue:😛 sunglasses:😎 nerd_face:🤓 smirk:😏 unamused:😒 disappointed:😞 pensive:😔 worried:😟 confused:😕
slightly_frowning_face:🙁 tired_face:😫 weary:😩 cry:😢 sob:😭 triumph:😤 angry:😠 rage:😡 exploding_head:🤯
flushed:😳 scream:😱 fearful:😨 cold_sweat:😰 hugging_face:🤗 thinking_face:🤔 shushing_face:🤫 no_mouth:😶
neutral_face:😐 expressionless:😑 face_with_rolling_eyes:🙄 sleeping:😴 zzz:💤 mask:😷 skull:💀 ghost:👻 alien:👽
robot_face:🤖 poop:💩 partying_face:🥳 face_with_monocle:🧐 sneezing_face:🤧 melting_face:🫠 saluting_face:🫡
thumbsup:👍 +1:👍 thumbsdown:👎 -1:👎 ok_hand:👌 wave:👋 raised_hand:✋ clap:👏 raised_hands:🙌 pray:🙏 handshake:🤝
muscle:💪 point_right:👉 point_left:👈 point_up:☝️ point_down:👇 crossed_fingers:🤞 v:✌️ writing_hand:✍️ eyes:👀 eye:👁️
bust_in_silhouette:👤 busts_in_silhouette:👥 technologist:🧑‍💻 detective:🕵️ construction_worker:👷 firefighter:🧑‍🚒
heart:❤️ orange_heart:🧡 yellow_heart:💛 green_heart:💚 blue_heart:💙 purple_heart:💜 black_heart:🖤 broken_heart:💔
sparkles:✨ star:⭐ star2:🌟 boom:💥 fire:🔥 zap:⚡ tada:🎉 confetti_ball:🎊 balloon:🎈 gift:🎁 trophy:🏆 medal:🏅
100:💯 white_check_mark:✅ heavy_check_mark:✔️ ballot_box_with_check:☑️ x:❌ negative_squared_cross_mark:❎
heavy_multiplication_x:✖️ heavy_plus_sign:➕ heavy_minus_sign:➖ exclamation:❗ heavy_exclamation_mark:❗
question:❓ grey_question:❔ grey_exclamation:❕ bangbang:‼️ interrobang:⁉️ warning:⚠️ no_entry:⛔ no_entry_sign:🚫
octagonal_sign:🛑 stop_sign:🛑 rotating_light:🚨 construction:🚧 radioactive_sign:☢️ biohazard_sign:☣️ sos:🆘
red_circle:🔴 large_orange_circle:🟠 large_yellow_circle:🟡 large_green_circle:🟢 large_blue_circle:🔵
large_purple_circle:🟣 large_brown_circle:🟤 white_circle:⚪ black_circle:⚫ red_square:🟥 large_red_square:🟥
large_orange_square:🟧 large_yellow_square:🟨 large_green_square:🟩 large_blue_square:🟦 large_purple_square:🟪
white_large_square:⬜ black_large_square:⬛ large_orange_diamond:🔶 large_blue_diamond:🔷 small_orange_diamond:🔸
small_blue_diamond:🔹 small_red_triangle:🔺 small_red_triangle_down:🔻 white_small_square:▫️ black_small_square:▪️
radio_button:🔘 arrow_right:➡️ arrow_left:⬅️ arrow_up:⬆️ arrow_down:⬇️ arrow_upper_right:↗️ arrow_lower_right:↘️
arrows_counterclockwise:🔄 arrows_clockwise:🔃 leftwards_arrow_with_hook:↩️ arrow_right_hook:↪️ rewind:⏪
fast_forward:⏩ arrow_forward:▶️ arrow_backward:◀️ double_vertical_bar:⏸️ black_square_for_stop:⏹️ repeat:🔁
hourglass:⌛ hourglass_flowing_sand:⏳ watch:⌚ alarm_clock:⏰ stopwatch:⏱️ timer_clock:⏲️ mantelpiece_clock:🕰️
clock1:🕐 clock3:🕒 clock6:🕕 clock9:🕘 clock12:🕛 calendar:📆 date:📅 spiral_calendar_pad:🗓️
bell:🔔 no_bell:🔕 loudspeaker:📢 mega:📣 speech_balloon:💬 thought_balloon:💭 mailbox:📫 email:📧 envelope:✉️
incoming_envelope:📨 inbox_tray:📥 outbox_tray:📤 package:📦 memo:📝 pencil:📝 pencil2:✏️ clipboard:📋 pushpin:📌
round_pushpin:📍 paperclip:📎 link:🔗 bookmark:🔖 bookmark_tabs:📑 page_facing_up:📄 page_with_curl:📃 scroll:📜
books:📚 notebook:📓 file_folder:📁 open_file_folder:📂 card_index_dividers:🗂️ wastebasket:🗑️
bar_chart:📊 chart_with_upwards_trend:📈 chart_with_downwards_trend:📉 chart:💹 money_with_wings:💸 moneybag:💰
lock:🔒 unlock:🔓 closed_lock_with_key:🔐 key:🔑 old_key:🗝️ shield:🛡️ mag:🔍 mag_right:🔎 bulb:💡 flashlight:🔦
gear:⚙️ wrench:🔧 hammer:🔨 hammer_and_wrench:🛠️ nut_and_bolt:🔩 toolbox:🧰 test_tube:🧪 microscope:🔬 telescope:🔭
satellite_antenna:📡 computer:💻 desktop_computer:🖥️ keyboard:⌨️ floppy_disk:💾 cd:💿 electric_plug:🔌 battery:🔋
cloud:☁️ thunder_cloud_and_rain:⛈️ rain_cloud:🌧️ sunny:☀️ snowflake:❄️ rainbow:🌈 globe_with_meridians:🌐
earth_africa:🌍 earth_americas:🌎 earth_asia:🌏 rocket:🚀 airplane:✈️ ship:🚢 anchor:⚓ train:🚆 car:🚗
ambulance:🚑 fire_engine:🚒 helmet_with_white_cross:⛑️ traffic_light:🚦 checkered_flag:🏁 triangular_flag_on_post:🚩
white_flag:🏳️ crossed_flags:🎌 house:🏠 office:🏢 factory:🏭 tent:⛺ moyai:🗿 bug:🐛 ant:🐜 bee:🐝 spider:🕷️
whale:🐳 penguin:🐧 snake:🐍 turtle:🐢 crab:🦀 octopus:🐙 dog:🐶 cat:🐱 unicorn_face:🦄 seedling:🌱 herb:🌿
four_leaf_clover:🍀 deciduous_tree:🌳 cactus:🌵 apple:🍎 lemon:🍋 avocado:🥑 pizza:🍕 doughnut:🍩 cookie:🍪 cake:🍰
coffee:☕ tea:🍵 beer:🍺 beers:🍻 champagne:🍾 popcorn:🍿 game_die:🎲 dart:🎯 jigsaw:🧩 art:🎨 musical_note:🎵
headphones:🎧 movie_camera:🎥 camera:📷 tv:📺 phone:☎️ iphone:📱 label:🏷️ ticket:🎫 identification_card:🪪
information_source:ℹ️ recycle:♻️ infinity:♾️ new:🆕 free:🆓 up:🆙 cool:🆒 ok:🆗 id:🆔 no_pedestrians:🚷
one:1️⃣ two:2️⃣ three:3️⃣ four:4️⃣ five:5️⃣ six:6️⃣ seven:7️⃣ eight:8️⃣ nine:9️⃣ zero:0️⃣ keycap_ten:🔟 hash:#️⃣
flag-us:🇺🇸 flag-gb:🇬🇧 flag-eu:🇪🇺 flag-de:🇩🇪 flag-fr:🇫🇷 flag-jp:🇯🇵 flag-sg:🇸🇬 flag-in:🇮🇳 flag-br:🇧🇷 flag-au:🇦🇺
flag-ca:🇨🇦 flag-ie:🇮🇪 flag-nl:🇳🇱 flag-se:🇸🇪 flag-kr:🇰🇷 dizzy:💫 first_place_medal:🥇 second_place_medal:🥈
third_place_medal:🥉 speaking_head_in_silhouette:🗣️ brain:🧠 bomb:💣 magnet:🧲 ladder:🪜 axe:🪓 broom:🧹 sponge:🧽
`;

const CHARACTERS = new Map(
  TABLE.trim()
    .split(/\s+/)
    .map((pair) => [pair.slice(0, pair.lastIndexOf(":")), pair.slice(pair.lastIndexOf(":") + 1)]),
);

/** In texts: a name in colons, with or without a skin tone. Sticky; group 1 is the name. */
export const SHORTCODE = /:([a-z0-9_+'-]+):(?::skin-tone-[2-6]:)?/y;

export const emojiCharacter = (name) => CHARACTERS.get(name) ?? null;

/** rich_text gives an emoji's code points beside its name: '1f44d-1f3fd'. */
function fromCodePoints(unicode) {
  const points = String(unicode).split("-").map((point) => Number.parseInt(point, 16));
  const valid = points.every((point) => point >= 0x20 && point <= 0x10ffff);
  return valid ? String.fromCodePoint(...points) : null;
}

export function emoji(name, unicode = null) {
  const character = emojiCharacter(name) ?? (unicode ? fromCodePoints(unicode) : null);
  if (character === null) return document.createTextNode(`:${name}:`);
  return el("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, character);
}
