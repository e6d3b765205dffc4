mod events;
mod recorder;
