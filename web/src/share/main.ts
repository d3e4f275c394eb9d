// The shared page works without this script; it adds the big play button and renews a link that ran out.
import "../lib/pages.css";
import { rawRequest } from "../lib/http";
import { SHARED_VIDEO } from "../operations";

const player = document.querySelector("video");
const playButton = document.querySelector<HTMLButtonElement>(".frame-play");
const token = location.pathname.split("/").filter(Boolean).at(-1) ?? "";
const RENEWALS = 3;
let renewals = 0;

async function renew(video: HTMLVideoElement): Promise<void> {
  if (renewals >= RENEWALS) return;
  renewals += 1;
  const { sharedCameo } = await rawRequest<{ sharedCameo: { video: { url: string } } | null }>(SHARED_VIDEO, { token });
  if (!sharedCameo) return location.reload();
  const { currentTime } = video;
  video.src = sharedCameo.video.url;
  video.currentTime = currentTime;
  await video.play();
}

if (player && playButton) {
  playButton.hidden = false;
  player.controls = false;
  playButton.addEventListener("click", () => void player.play());
  player.addEventListener("play", () => ((playButton.hidden = true), (player.controls = true)));
  player.addEventListener("playing", () => (renewals = 0));
  player.addEventListener("error", () => void renew(player).catch(() => undefined));
}
