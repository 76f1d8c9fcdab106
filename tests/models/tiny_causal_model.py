"""More tiny causal models for tests: one without a chat template, and one that has learned to say something."""

from __future__ import annotations

from pathlib import Path

from transformers import GPT2Config, GPT2LMHeadModel, Qwen2Config, Qwen2ForCausalLM

from evaluation.tiny_model import CHAT_TEMPLATE, byte_tokenizer

NO_SYSTEM_TEMPLATE = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + CHAT_TEMPLATE
)


def gpt2(folder: Path) -> Path:
    """A GPT-2 of two layers with learned positions, without a chat template."""
    import torch

    torch.manual_seed(7)
    words = byte_tokenizer(None)
    config = GPT2Config(
        vocab_size=len(words), n_positions=4096, n_embd=32, n_layer=2, n_head=4,
        eos_token_id=words.eos_token_id, bos_token_id=words.eos_token_id,
    )  # fmt: skip
    GPT2LMHeadModel(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def parrot(folder: Path, sentence: str) -> Path:
    """A Qwen2 trained on the spot to answer one sentence whatever it is asked: a model that says something.

    It looks back 48 tokens only, so that a prompt of any length is like those it learned from.
    """
    import torch

    torch.manual_seed(7)
    words = byte_tokenizer()
    config = Qwen2Config(
        vocab_size=len(words), hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=8192, use_sliding_window=True, sliding_window=48, max_window_layers=0, eos_token_id=words.eos_token_id, bos_token_id=None,
    )  # fmt: skip
    model = Qwen2ForCausalLM(config)
    answer = words(f"<|im_start|>assistant\n{sentence}<|im_end|>", return_tensors="pt")["input_ids"]
    chance = torch.Generator().manual_seed(7)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for step in range(160):
        noise = torch.randint(3, len(words), (4, 8 + step % 120), generator=chance)
        tokens = torch.cat([noise, answer.expand(4, -1)], dim=1)
        labels = tokens.clone()
        labels[:, : noise.shape[1] + 11] = -100
        loss = model(input_ids=tokens, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval().save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
