"""The words that cannot name a net, a dataset, a metric or a project, each list with its reason."""

from __future__ import annotations

import builtins
import keyword
import sys

# `type` is a soft keyword since Python 3.12; the rule must not depend on the Python that runs.
KEYWORDS = frozenset(word.lower() for word in (*keyword.kwlist, *keyword.softkwlist, "type"))
BUILTINS = frozenset(dir(builtins)) | {"PythonFinalizationError", "WindowsError"}

# What the files of parts/ and the interfaces import or define, as module names.
IMPORTED = frozenset(
    """
    any batch_norm callable callback d_interface data_loader data_module dataset f image
    iterable_dataset lightning lightning_data_module lightning_module m_interface metric
    metric_collection module module_dict module_list nn np numpy parameter path pil pl
    pytorch_lightning sequential subset tensor tensor_dataset torch torchmetrics torchvision
    trainer transforms
    """.split()
)

# The options of main.py.
OPTIONS = frozenset(
    """
    batch_size ckpt_path eval_datasets finetune log_dir loss lr lr_scheduler metrics model_name
    monitor monitor_mode num_workers optimizer patience run_name seed seeds stage test_datasets
    train_dataset
    """.split()
)
# The groups of options that its parser makes of what they name.
GROUPS = frozenset(
    ["eval_every", "loss_args", "lr_scheduler_args", "net", "optimizer_args", "trainer"]
)
# These, and what main.py uses besides or a reader would take for an option.
RESERVED = (
    OPTIONS
    | GROUPS
    | frozenset(
        """
        args callbacks checkpoint config data dataset_args datasets help logger logs metric_args
        model nets options predict predict_datasets print_config run scheduler utils
        """.split()
    )
)

# What parameters cannot be called: main.py fills these in, and makes no options of them.
FILLED = frozenset(
    "device dtype last_epoch lr optimizer params reduce self size_average split".split()
)
# The attributes of PyTorch's modules and of metrics; a parameter is kept as one.
ATTRIBUTES = frozenset(
    """
    T_destination add_module add_state apply bfloat16 buffers call_super_init children clone
    compile compute compute_on_cpu compute_with_cache cpu cuda device dist_sync_fn
    dist_sync_on_step distributed_available_fn double dtype dump_patches eval extra_repr float
    forward full_state_update get_buffer get_extra_state get_parameter get_submodule half
    higher_is_better ipu is_differentiable load_state_dict merge_state metric_state modules mtia
    named_buffers named_children named_modules named_parameters parameters persistent plot
    plot_legend_name plot_lower_bound plot_upper_bound process_group register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ reset set_dtype
    set_extra_state set_submodule share_memory state_dict sync sync_context sync_on_compute to
    to_empty train training type unsync update update_called update_count xpu zero_grad
    """.split()
)

WINDOWS_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))]
)
YAML_VALUES = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"])

# Names on the package index, in the normalised form of PEP 503.
DEPENDENCIES = frozenset(
    """
    absl-py copier docstring-parser filelock fsspec grpcio jinja2 jsonargparse lightning
    lightning-fabric lightning-utilities markdown markupsafe matplotlib mlflow mpmath networkx
    numpy packaging pillow pip plgen plumbum protobuf pydantic pyright pytest pytorch
    pytorch-lightning pyyaml questionary rich ruff setuptools sympy tensorboard
    tensorboard-data-server torch torchaudio torchmetrics torchvision tqdm triton typer
    typeshed-client typing-extensions uv wandb werkzeug wheel yaml
    """.split()
)
STANDARD_LIBRARY = frozenset(
    name.replace("_", "-").lower() for name in sys.stdlib_module_names if not name.startswith("_")
)
