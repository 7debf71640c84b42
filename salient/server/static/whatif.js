"use strict";
// The panel with scripts: sliders beside the numbers, and an answer that follows the changes. Without it the form does
// the same on the press of its button.
(() => {
  const form = document.getElementById("knobs");
  const answer = document.getElementById("answer");
  if (!form || !answer || !window.fetch) return;
  const live = form.querySelector(".live");
  let timer = 0, turn = 0, source = null;

  // A page that waits is reloaded by its own header; here the answer is fetched instead.
  for (const box of form.querySelectorAll(".knob")) {
    const field = box.querySelector("input[type=number]");
    const slider = document.createElement("input");
    slider.type = "range";
    slider.min = field.min;
    slider.max = field.max;
    slider.step = field.dataset.step;
    slider.value = field.value || field.dataset.middle;
    slider.setAttribute("aria-label", box.querySelector("label").textContent);
    slider.addEventListener("input", () => { field.value = slider.value; mark(); soon(); });
    field.addEventListener("input", () => { slider.value = field.value || field.dataset.middle; mark(); });
    const mark = () => box.classList.toggle("set", field.value !== "");
    mark();
    field.before(slider);
  }

  const query = () => {
    const pairs = new URLSearchParams();
    for (const [key, value] of new FormData(form)) if (value !== "") pairs.append(key, value);
    return pairs.toString();
  };

  const say = (text) => { live.textContent = text; };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 250);
  };

  const ask = async () => {
    clearTimeout(timer);
    if (!form.reportValidity()) return;
    const mine = ++turn, asked = query();
    const address = location.pathname + (asked ? "?" + asked : "");
    history.replaceState(null, "", address);
    say("Running…");
    answer.classList.add("stale");
    try {
      await show(mine, asked);
    } catch {
      if (mine === turn) say("The server does not answer. Press “Run the model” to try again.");
    }
  };

  const show = async (mine, asked) => {
    const reply = await fetch("/whatif/" + form.dataset.scenario + "/answer" + (asked ? "?" + asked : ""));
    const text = await reply.text();
    if (mine !== turn) return;
    if (reply.status === 202) return follow(mine, asked, reply.headers.get("x-salient-job"));
    if (reply.status === 429) {
      const wait = Number(reply.headers.get("retry-after")) || 2;
      say("Many questions at once: asked again in a moment.");
      timer = setTimeout(ask, 1000 * wait);
      return;
    }
    answer.innerHTML = text; // made by the server, which escapes everything in it
    answer.classList.remove("stale");
    say(reply.ok ? "Up to date." : "Not run.");
  };

  const follow = (mine, asked, job) => {
    if (source) source.close();
    source = new EventSource("/api/jobs/" + job + "/events");
    const events = source;
    events.addEventListener("progress", (e) => {
      const at = JSON.parse(e.data);
      if (mine === turn) say((at.stage || "waiting for its turn") + " " + Math.round(100 * at.share) + " %");
    });
    events.addEventListener("over", () => { events.close(); if (mine === turn) show(mine, asked); });
    events.onerror = () => { events.close(); if (mine === turn) timer = setTimeout(ask, 2000); };
  };

  form.addEventListener("submit", (e) => { e.preventDefault(); ask(); });
  form.addEventListener("change", soon);
  const waits = answer.querySelector("[data-job]");
  if (waits) follow(++turn, query(), waits.dataset.job);
})();
