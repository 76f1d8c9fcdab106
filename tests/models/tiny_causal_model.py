"""Real, tiny causal models of `transformers`, built on the spot and saved as anybody would save one."""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
NO_SYSTEM_TEMPLATE = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}" + TEMPLATE
)


def tokenizer(template: str | None = TEMPLATE) -> PreTrainedTokenizerFast:
    """Bytes as tokens, and the special ones of a chat model."""
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: at for at, token in enumerate([*special, *alphabet])}
    made = Tokenizer(models.BPE(vocabulary, [], unk_token="<|endoftext|>"))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|im_end|>", unk_token="<|endoftext|>", additional_special_tokens=special[1:2]
    )
    fast.chat_template = template
    return fast


def qwen(folder: Path, *, template: str | None = TEMPLATE, positions: int = 8192) -> Path:
    """A Qwen2 of two layers."""
    import torch

    torch.manual_seed(7)
    words = tokenizer(template)
    config = Qwen2Config(
        vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=positions, eos_token_id=words.eos_token_id, bos_token_id=None,
    )  # fmt: skip
    Qwen2ForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def gpt2(folder: Path) -> Path:
    """A GPT-2 of two layers with learned positions, without a chat template."""
    import torch

    torch.manual_seed(7)
    words = tokenizer(None)
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
    words = tokenizer()
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
